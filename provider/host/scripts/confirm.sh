# shellcheck shell=sh
# Keeps what apply.sh loaded: a fresh connection came through the new rules. Then reads them back.

main() {
  begin
  fit
  lock
  [ "$(cat "$PENDING/tx" 2>/dev/null)" = "$TX" ] || fail not-confirmed 'the rules were taken back already'
  # One rename decides between this and the timer, whenever either dies.
  mv "$PENDING/tx" "$PENDING/confirmed"
  disarm
  forget
  report
  finish
}

main
