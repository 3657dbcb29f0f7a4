# shellcheck shell=sh
# Takes back at once what apply.sh loaded, if that is still pending; completes it, if confirm.sh died. Then reads the
# rules.

main() {
  begin
  fit
  must_lock
  if is_pending tx; then
    if ! roll_back; then
      left
      fail script 'the rules could not be taken back'
    fi
    echo 'rolled back'
  elif is_pending confirmed; then
    echo 'confirmed'
    conclude
  else
    echo 'not pending'
  fi
  report
  finish
}

main
