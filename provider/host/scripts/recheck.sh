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

# retract_nft ADDRESS: the same of nftables, where that has the door.
retract_nft() {
  list_nft || return 1
  emptied=$(flat_nft '' | awk -v id="$ID" '$3 == "set" && index($6, "-" id "-open-") == 4 { print "flush set " $4 " portknock " $6 }')
  give_nft "$emptied" || return 1
  own=pk4-$ID-open
  case $1 in *:*) own=pk6-$ID-open ;; esac
  case $LISTED in *" $own "*) take_off_nft "$ID" "$1" ;; esac
}

main() {
  begin
  require_tools
  retract "${1%% *}" || echo unrevoked
  [ -z "$NFT" ] || retract_nft "${1%% *}" || echo unrevoked
  if look; then
    diversions
    # shellcheck disable=SC2154 # diversions sets it
    each diverted "$diverted"
  else
    echo "diverted $(one_line "$(unreadable "$UNREAD")"): whether a NAT rule takes a port past the door is not known"
  fi
  finish
}

main "${1-}"
