# shellcheck shell=sh
# Keeps what apply.sh loaded: a fresh connection came through the new rules. Has it loaded at boot, and reads it back.
# The controller sets besides: REVOKE (yes: its own grant is taken back, by which it only saw that the door opens).

main() {
  begin
  require_tools
  begin_time
  must_lock
  is_pending tx || fail not-confirmed 'the rules were taken back already'
  # What cannot be read back is not kept, but for a door that goes: of that it is known what is left.
  look || [ -e "$PENDING/known" ] || fail host-unfit "$(unreadable "$UNREAD")"
  # One rename decides between this and the timer, whenever either dies.
  mv "$PENDING/tx" "$PENDING/confirmed" || fail script 'the change could not be marked as confirmed'
  echo confirmed
  noted anew
  # shellcheck disable=SC2154 # set by noted
  anew=$noted
  conclude
  [ "$REVOKE" != yes ] || revoke "$ID" "${1%% *}"
  report_if_readable
  [ -z "$anew" ] ||
    warn "the lists of all doors of this host were made anew, once, since this release has more of them: who had knocked at one and had no connection yet has to knock again"
  finish
}

main "${1:-${SSH_CLIENT-}}"
