# shellcheck shell=sh
# Keeps what apply.sh loaded: a fresh connection came through the new rules. Has it loaded at boot, and reads it back.

main() {
  begin
  fit
  lock
  [ "$(cat "$PENDING/tx" 2>/dev/null)" = "$TX" ] || fail not-confirmed 'the rules were taken back already'
  # One rename decides between this and the timer, whenever either dies.
  mv "$PENDING/tx" "$PENDING/confirmed"
  conclude
  report
  finish
}

main
