# shellcheck shell=sh
# Takes back at once what apply.sh loaded, if that is still pending; completes it, if confirm.sh died. Then reads the
# rules.

# fail_left: with what is left of the rollback.
fail_left() {
  left
  fail script 'the rules could not be taken back'
}

main() {
  begin
  require_tools
  if ! lock "$LOCK_SECONDS"; then
    # Rather than never: rollback.sh says why.
    if is_pending back || { is_pending tx && claim; }; then
      put_back || fail_left
      echo 'rolled back'
      report_if_readable
      causes
      finish
    fi
    fail busy "the lock $LOCK is not free"
  fi
  if is_pending tx || is_pending back; then
    roll_back || fail_left
    echo 'rolled back'
  elif is_pending confirmed; then
    echo 'confirmed'
    conclude
  else
    echo 'not pending'
  fi
  report_if_readable
  causes
  finish
}

main
