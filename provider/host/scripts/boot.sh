# shellcheck shell=sh
# Loads the stored doors: at boot, and after another firewall service may have flushed them.

# Nobody reads an answer here, but a unit that failed is seen.
# shellcheck disable=SC2317 # called by fail
finish() {
  exit 1
}

main() {
  fit
  lock || exit 1
  # An apply that is pending ends by itself, and its rules are not stored yet.
  [ ! -e "$PENDING/tx" ] || exit 0
  look && is_stored && exit 0
  # Every door's chains, not one's.
  # shellcheck disable=SC2034 # read by transition
  ID=
  code=0
  for family in $FAMILIES; do
    stored=$(sed -n "s/^$family //p" "$ETC/rules") || code=1
    docker_chain "$family" "$stored"
    if now=$(held "$family"); then
      transition "$now" "$stored" | restore "$family" || code=1
    elif [ -n "$stored" ]; then
      by_name "$family" "$stored" "$stored" || code=1
    fi
  done
  exit "$code"
}

main
