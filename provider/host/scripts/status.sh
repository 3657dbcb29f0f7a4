# shellcheck shell=sh
# Reads what the doors are doing: their rules with counters, what is stored for the next boot, who is on which list, and
# the clock by which the lists are dated. Changes nothing.

# counted FAMILY: the owned rules, each after its packets and bytes.
counted() {
  save "$1" -c
  printf '%s\n' "$SAVED" | sed -nE "s/^\[([0-9]+):[0-9]+\] (-A PK-[0-9a-f]{10}(-[0-9A-Za-z]+)? .*)/count $1 \1 \2/p"
}

# entries: who is on which list, and since when: `last_seen`, in ticks of the kernel. The other times of an entry are left out.
entries() {
  grep -H '^src=' /proc/net/xt_recent/pk[46]-* 2>/dev/null | sed 's|^.*/\(pk[^:]*\):src=\([^ ]*\) .*\(last_seen: [0-9]*\).*|entry \1 \2 \3|'
}

# clock: ticks, and nanoseconds since boot, at one instant. Root of a container may not read it.
clock() {
  awk '/^now at / { ns = $3 } /^jiffies: / { ticks = $2 } END { if (ticks != "") print "clock", ticks, ns }' \
    /proc/timer_list 2>/dev/null
}

main() {
  begin
  require_tools
  report
  for family in $FAMILIES; do counted "$family"; done
  [ -z "$NFT" ] || each listed "$(flat_nft all)"
  [ ! -e "$ETC/rules" ] || sed -n 's/^[46] /stored &/p' "$ETC/rules"
  clock
  entries
  finish
}

main
