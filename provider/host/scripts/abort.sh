# shellcheck shell=sh
# Takes back at once what apply.sh loaded, if that is still pending; completes it, if confirm.sh died. Then reads the
# rules.

main() {
  begin
  fit
  lock
  if [ "$(cat "$PENDING/tx" 2>/dev/null)" = "$TX" ]; then
    roll_back || fail script 'the rules could not be taken back'
    echo 'rolled back'
  elif [ "$(cat "$PENDING/confirmed" 2>/dev/null)" = "$TX" ]; then
    conclude
    echo 'confirmed'
  else
    echo 'not pending'
  fi
  report
  finish
}

main
