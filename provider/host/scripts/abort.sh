# shellcheck shell=sh
# Takes back at once what apply.sh loaded, if that is still pending; completes it, if confirm.sh died. Then reads the
# rules.

main() {
  begin
  fit
  must_lock
  if is_pending tx; then
    roll_back || fail script 'the rules could not be taken back'
    echo 'rolled back'
  elif is_pending confirmed; then
    conclude
    echo 'confirmed'
  else
    echo 'not pending'
  fi
  report_if_readable
  causes
  finish
}

main
