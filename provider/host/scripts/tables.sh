# shellcheck shell=sh
# The filter tables: read whole, or not at all, and changed by name where they cannot be read. nft can put rules into
# them that iptables cannot show. Its save tool then prints a comment in place of the table, and exits with 0.

# save FAMILY [-c]: prints the table. False where that is not a whole one: what cannot be read is not empty.
save() {
  saved=$("$(tool_of "$1")-save" ${2+"$2"} -t filter 2>/dev/null) && is_table "$saved" && printf '%s\n' "$saved"
}

tool_of() {
  if [ "$1" = 6 ]; then echo ip6tables; else echo iptables; fi
}

# is_table TEXT: from its first line to its last.
is_table() {
  case $NEWLINE$1$NEWLINE in *"$NEWLINE*filter$NEWLINE"*"${NEWLINE}COMMIT$NEWLINE"*) return 0 ;; esac
  # Releases before 1.8.8 know no chains of a table that nobody has made yet.
  case $1 in "Table \`filter' does not exist"*) return 0 ;; esac
  return 1
}

# unreadable FAMILY: why its table cannot be read, as far as the host's tools say.
unreadable() {
  printed=$("$(tool_of "$1")-save" -t filter 2>&1)
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
  printf '%s' "the IPv$1 filter table cannot be read: $(tool_of "$1")-save ended with $ended$complaint"
  culprit "$1"
}

# culprit FAMILY: the chain of nft's that iptables cannot show, and in it what is likely to be why.
culprit() {
  [ "$(variant "$(tool_of "$1")")" = nf_tables ] && command -v nft >/dev/null 2>&1 || return 0
  table=ip
  [ "$1" = 4 ] || table=ip6
  for chain in $(nft list table "$table" filter 2>/dev/null | sed -n 's/^[[:space:]]*chain \([^ ]*\) {$/\1/p'); do
    "$(tool_of "$1")" -S "$chain" </dev/null >/dev/null 2>&1 && continue
    printf '%s' " - nft's table $table filter has in its chain $chain what iptables cannot show, and what belongs into a table of another name"
    suspect=$(nft list chain "$table" filter "$chain" 2>/dev/null | sed 's/^[[:space:]]*//' |
      grep -vE '^(table|chain|type|#)|jump (PORTKNOCK|PK-)' |
      grep -E '(^| )(fib|vmap|map|meta|socket|rt|numgen|jhash|symhash|th|set|add|update|delete|flow|synproxy) |[{@"]' | head -n 1)
    [ -z "$suspect" ] || printf ', such as: %s' "$suspect"
    return
  done
}

# by_name FAMILY KNOWN TO: has the table hold TO where it cannot be read. KNOWN has the chains that may be there.
by_name() {
  stuck=
  for dispatcher in $DISPATCHERS; do
    unjump "$1" "$dispatcher" || stuck="$stuck $dispatcher "
  done
  document=$(transition "$(printf '%s\n' "$2" | grep '^:')" "$3")
  printf '%s\n' "$document" | awk -v stuck="$stuck" '
    # The jump that could not be deleted is there: it needs no other, and its chain stays.
    /^-[IX] / && index(stuck, " " $NF " ") { next }
    { print }' | restore "$1" || return 1
  for dispatcher in $stuck; do
    has_line "$3" ":$dispatcher" || return 1
  done
}

# unjump FAMILY DISPATCHER: deletes every jump to it. False where that cannot be known to be done.
unjump() {
  from=$(host_chain "$2")
  while :; do
    "$(tool_of "$1")" -w 5 -D "$from" -m comment --comment portknock -j "$2" </dev/null >/dev/null 2>&1
    ended=$?
    [ "$ended" -eq 0 ] || break
  done
  # iptables ends with 1 where there is no such rule, and with 2 where there is no such chain. It may also give up at a
  # rule before ours that it cannot show: nft can.
  case $ended in 1 | 2) return 0 ;; esac
  [ "$(variant "$(tool_of "$1")")" = nf_tables ] && command -v nft >/dev/null 2>&1 || return 1
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

# stored FAMILY: what was stored for the next boot.
stored() {
  sed -n "s/^$1 //p" "$ETC/rules" 2>/dev/null
}

# is_needed FAMILY: whether a door is for it, or something of ours is known to be there. The controller may set WANTED to
# the families of its door; scripts without one go by what is stored.
is_needed() {
  case " ${WANTED-} " in *" $1 "*) return 0 ;; esac
  grep -q . "$PENDING/before$1" "$PENDING/loaded$1" 2>/dev/null || grep -q "^$1 " "$ETC/rules" 2>/dev/null
}

# may_skip FAMILY: whether it need not be read. Where nothing tells which families are ours, all are.
may_skip() {
  ! is_needed "$1" &&
    { [ -n "${WANTED-}" ] || [ -e "$ETC/rules" ] || [ -e "$PENDING/loaded4" ] || [ -e "$PENDING/loaded6" ]; }
}

# has_tools FAMILY
has_tools() {
  for tool in "$(tool_of "$1")" "$(tool_of "$1")-save" "$(tool_of "$1")-restore"; do
    command -v "$tool" >/dev/null 2>&1 || return 1
  done
}

# remaining BEFORE AFTER: the rules of all doors, as held, once this door is gone: AFTER has the dispatchers, BEFORE the
# other doors.
remaining() {
  printf '%s\n' "$1" -- "$2" | awk -v id="$ID" "$CHAINS"'
    $0 == "--" { after = 1; next }
    $1 == "-I" { if (!after) jumps[$NF] = $0; next }
    !NF || !after && (is_dispatcher(substr($1, 2)) || is_dispatcher($2)) { next }
    is_door(substr($1, 2), id) || is_door($2, id) { next }
    /^:/ { chains[++m] = $0; if (is_dispatcher(substr($0, 2)) && substr($0, 2) in jumps) print jumps[substr($0, 2)]; next }
    { rules[++n] = $0 }
    END { for (i = 1; i <= m; i++) print chains[i]; for (i = 1; i <= n; i++) print rules[i] }'
}
