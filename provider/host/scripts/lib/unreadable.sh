# shellcheck shell=sh
# Tables that cannot be read: why, and how they are changed all the same, by name.

# unreadable FAMILY: why its table cannot be read, as far as the host's tools say; or why nftables cannot.
unreadable() {
  [ "$1" != nft ] || { unreadable_nft; return; }
  name_tool "$1"
  printed=$("$TOOL-save" -t filter 2>&1)
  ended=$?
  if [ "$ended" -eq 0 ] && is_table "$printed"; then
    echo "the IPv$1 filter table could not be read a moment ago, and now it can: try again"
    return
  fi
  # Of what it printed, the complaint: rules may hold secrets.
  complaint=$(printf '%s\n' "$printed" | grep -vE '^($|[:*]|-A |\[|COMMIT|# (Generated|Completed|Warning))' | head -n 2 | tr '\n' ' ')
  if [ -n "$complaint" ]; then
    complaint=" and printed ${complaint% }"
  elif ! is_table "$printed"; then
    complaint=' and printed no whole table'
  fi
  printf '%s' "the IPv$1 filter table cannot be read: $TOOL-save ended with $ended$complaint"
  culprit "$1"
}

# culprit FAMILY: the chain of nft's that iptables cannot show, and in it what is likely to be why.
culprit() {
  name_tool "$1"
  variant "$TOOL" "$1"
  [ "$VARIANT" = nf_tables ] && command -v nft >/dev/null 2>&1 || return 0
  table=ip
  [ "$1" = 4 ] || table=ip6
  for chain in $(nft list table "$table" filter 2>/dev/null | sed -n 's/^[[:space:]]*chain \([^ ]*\) {$/\1/p'); do
    "$TOOL" -S "$chain" </dev/null >/dev/null 2>&1 && continue
    printf '%s' " - nft's table $table filter has in its chain $chain what iptables cannot show, and what belongs into a table of another name"
    suspect=$(nft list chain "$table" filter "$chain" 2>/dev/null | sed 's/^[[:space:]]*//' |
      grep -vE '^(table|chain|type|#)|jump (PORTKNOCK|PK-)' |
      grep -E '(^| )(fib|vmap|map|meta|socket|rt|numgen|jhash|symhash|th|set|add|update|delete|flow|synproxy) |[{@"]' | head -n 1)
    [ -z "$suspect" ] || printf ', such as: %s' "$suspect"
    return
  done
}

# by_name DOOR FAMILY KNOWN TO: has the table hold TO, as transition does, where it cannot be read. KNOWN has the chains that
# may be there.
by_name() {
  stuck=
  for dispatcher in $DISPATCHERS; do
    unjump "$2" "$dispatcher" || stuck="$stuck $dispatcher "
  done
  # The jump that could not be deleted is there: it needs no other, and its chain stays.
  chains_of "$3"
  # shellcheck disable=SC2154 # chains_of sets it
  document=$(transition "$1" "$chains" "$4" whole | awk -v stuck="$stuck" '
    /^-[IX] / && index(stuck, " " $NF " ") { next }
    { print }')
  restore "$2" "$document" || return 1
  for dispatcher in $stuck; do
    has_line "$4" ":$dispatcher" || return 1
  done
}

# unjump FAMILY DISPATCHER: deletes every jump to it. False where that cannot be known to be done.
unjump() {
  from=$(host_chain "$2")
  name_tool "$1"
  while :; do
    "$TOOL" -w 5 -D "$from" -m comment --comment portknock -j "$2" </dev/null >/dev/null 2>&1
    ended=$?
    [ "$ended" -eq 0 ] || break
  done
  # iptables ends with 1 where there is no such rule, and with 2 where there is no such chain. It may also give up at a
  # rule before ours that it cannot show: nft can.
  case $ended in 1 | 2) return 0 ;; esac
  variant "$TOOL" "$1"
  [ "$VARIANT" = nf_tables ] && command -v nft >/dev/null 2>&1 || return 1
  table=ip
  [ "$1" = 4 ] || table=ip6
  jumps=$(nft -a list chain "$table" filter "$from" 2>/dev/null) || return 1
  for handle in $(printf '%s\n' "$jumps" | sed -n "s/^.*[[:space:]]jump $2 # handle \([0-9]*\)\$/\1/p"); do
    nft delete rule "$table" filter "$from" handle "$handle" || return 1
  done
}

# host_chain DISPATCHER: the host's chain that jumps to it.
host_chain() {
  if [ "$1" = PORTKNOCK ]; then echo INPUT; else echo "${1#PORTKNOCK-}"; fi
}
