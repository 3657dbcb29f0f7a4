# shellcheck shell=sh
# Where the port was open before the knock: takes our own grant back once more, and reads what leads past the door.

# retract ADDRESS: takes the grants of the door from it; those of a network cannot be taken from one address of it.
retract() {
  own=pk4-$ID-open
  case $1 in *:*) own=pk6-$ID-open ;; esac
  [ ! -e "/proc/net/xt_recent/$own" ] || echo "-$1" >"/proc/net/xt_recent/$own" || return 1
  for list in /proc/net/xt_recent/pk[46]-"$ID"-open-*; do
    [ ! -e "$list" ] || echo / >"$list" || return 1
  done
} 2>/dev/null

main() {
  begin
  require_tools
  retract "${1%% *}" || echo unrevoked
  if look; then
    each diverted "$(diversions)"
  else
    echo "diverted $(one_line "$(unreadable "$UNREAD")"): whether a NAT rule takes a port past the door is not known"
  fi
  finish
}

main "${1-}"
