# shellcheck shell=sh
# Makes new tokens usable, each exactly once.
# The controller sets besides: FRESH (the names of the tokens that this change brings, a line each).

# prime: puts the entry on the list of each new token which whoever uses it takes off. What the ledger has was new before,
# and stays as it is. The ledger is written first: whatever happens in between, a token is used rather than new again.
prime() {
  [ -n "$FRESH" ] || return 0
  new=$(printf '%s\n' "$FRESH" | awk -v id="$ID" -v ledger="$LEDGER" '
    BEGIN { while ((getline line <ledger) > 0) known[line] }
    $0 != "" && !((id " " $0) in known)')
  [ -n "$new" ] || return 0
  written=$(cat "$LEDGER" 2>/dev/null)
  lines=$(printf '%s\n' "$new" | sed "s/^/$ID /")
  problem=$({ mkdir -p "$ETC" && write "$LEDGER" 0600 "${written:+$written$NEWLINE}$lines"; } 2>&1) ||
    fail_rolled_back host-unfit "the ledger of one-time tokens cannot be written: $problem"
  [ -z "$DOCUMENTN" ] || { prime_nft "$new" && return; }
  for family in $FAMILIES; do
    everyone=0.0.0.0
    [ "$family" = 4 ] || everyone=::
    for name in $new; do
      list=/proc/net/xt_recent/pk$family-$ID-t$name
      [ ! -e "$list" ] || { echo "+$everyone" >"$list"; } 2>/dev/null ||
        fail_rolled_back host-unfit "the lists of one-time tokens cannot be written: root of a container may not, where they are the host's"
    done
  done
}
