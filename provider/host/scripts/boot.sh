# shellcheck shell=sh
# Loads the stored doors: at boot, and after another firewall service may have flushed them.

main() {
  fit
  lock
  # An apply that is pending ends by itself, and its rules are not stored yet.
  [ ! -e "$PENDING/tx" ] || exit 0
  # Every door's chains, not one's.
  # shellcheck disable=SC2034 # read by transition
  ID='[0-9a-f]{10}'
  mkdir -p "$RUN"
  code=0
  for family in $FAMILIES; do
    [ -e "$ETC/rules$family" ] || continue
    held "$family" >"$RUN/now" && transition "$RUN/now" "$ETC/rules$family" | restore "$family" || code=1
  done
  forget
  exit "$code"
}

main
