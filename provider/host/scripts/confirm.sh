# shellcheck shell=sh
# Keeps what apply.sh loaded: a fresh connection came through the new rules. Has it loaded at boot, and reads it back.
# The controller sets besides: REVOKE (yes: its own grant is taken back, by which it only saw that the door opens).

main() {
  begin
  fit
  must_lock
  is_pending tx || fail not-confirmed 'the rules were taken back already'
  # One rename decides between this and the timer, whenever either dies.
  mv "$PENDING/tx" "$PENDING/confirmed"
  conclude
  [ "$REVOKE" != yes ] || revoke "$ID" "${1%% *}"
  report
  finish
}

main "${1:-${SSH_CLIENT-}}"
