# shellcheck shell=sh
# Which of the host's own chains drop what a door in nftables has let in.

# closed_chains: sets `closed` to the chains that do, as lib/marks.sh has them. Reads HELD: the doors. Where there is an ID, it is
# that door's ports that count.
closed_chains() {
  closed=
  mark=$(printf '%s\n' "$HELD" | sed -n 's/^.* ct mark set ct mark | \(0x[0-9a-f]*\) accept.*/\1/p' | head -n 1)
  [ -n "$mark" ] || return 0
  of=${ID-}
  of=${of:-[0-9a-f]+}
  ports=$(printf '%s\n' "$HELD" | sed -nE \
    -e 's/^[46] add rule ip6? portknock PK-'"$of"' (tcp|udp) dport (\{ )?([0-9, -]*[0-9])( \})? counter (drop|reject).*/\1 \3/p' |
    awk '{ protocol = $1; sub(/^[a-z]+ /, ""); n = split($0, parts, ", "); for (i = 1; i <= n; i++) print protocol "/" parts[i] }' |
    sort -u | tr '\n' ' ')
  read_nft
  while read -r kind hook policy family table chain; do
    case $kind:$hook:$family in
      filter:input:ip | filter:input:ip6 | filter:input:inet | filter:forward:*) ;;
      *) continue ;;
    esac
    case $hook:$HELD in forward:*' hook forward '* | input:*) ;; *) continue ;; esac
    case $table:$family in
      portknock:*) continue ;;
      filter:ip) ! command -v iptables-save >/dev/null 2>&1 || { close_iptables iptables && continue; } ;;
      filter:ip6) ! command -v ip6tables-save >/dev/null 2>&1 || { close_iptables ip6tables && continue; } ;;
    esac
    [ "$policy" = drop ] || case $(nft_rules "$family" "$table" "$chain") in *all*) ;; *) continue ;; esac
    listed=$(nft list table "$family" "$table" 2>/dev/null)
    is_let_in "$listed" || closed=$closed${closed:+$NEWLINE}"$family $table $chain $mark"
  done <<END
$NFT_CHAINS
END
  for tool in iptables ip6tables; do
    names=${tool%tables}
    ! is_listed filter "/proc/net/${names}_tables_names" || ! command -v "$tool-save" >/dev/null 2>&1 || close_iptables "$tool"
  done
}

# is_let_in TEXT: whether that table lets in what has the mark, or each of the doors' ports.
is_let_in() {
  case $1 in
    *"ct mark & $mark != 0x00000000 accept"* | *"ct mark and $mark != 0 accept"* | *"ct mark & $mark == $mark accept"*) return 0 ;;
    *"--mark $mark/$mark -j ACCEPT"* | *"--mark $mark/$mark -m comment --comment portknock -j ACCEPT"*) return 0 ;;
  esac
  printf '%s\n' "$1" | awk -v ports="$ports" "$LETS_IN_AWK"
}

# close_iptables TOOL: the same of the chain INPUT of iptables.
close_iptables() {
  saved=$("$1-save" -t filter 2>/dev/null) || return 1
  last=$(printf '%s\n' "$saved" | grep '^-A INPUT ' | tail -n 1)
  case $saved:$last in
    *"$NEWLINE:INPUT DROP "* | *':-A INPUT -j DROP' | *':-A INPUT -j REJECT'*) ;;
    *) return 0 ;;
  esac
  is_let_in "$saved" || has_line "$closed" "$1 filter INPUT $mark" ||
    closed=$closed${closed:+$NEWLINE}"$1 filter INPUT $mark"
}

# closed_rules: for each of `closed`, what drops, and the one rule to add.
closed_rules() {
  for_each_line closed_rule "$closed"
}

closed_rule() {
  # shellcheck disable=SC2086 # it is four words
  set -- $1
  case $1$2 in
    *firewalld)
      added=
      for port in $ports; do added="$added --add-port=${port#*/}/${port%/*}"; done
      printf '%s\n' "firewalld drops what it does not let in, and it does not let in the door's ports. Let them in there, which is no risk, since the door comes first: firewall-cmd --permanent$added && firewall-cmd --reload"
      ;;
    ip*tables*) say_closed "the chain $3 of $1" "$1 -I $3 -m connmark --mark $4/$4 -j ACCEPT" ;;
    *) say_closed "nft's own table $1 $2, chain $3" "nft insert rule $1 $2 $3 ct mark and $4 != 0 accept" ;;
  esac
}

# say_closed CHAIN COMMAND
say_closed() {
  printf '%s\n' "$1 drops what it does not let in, and it does not let in what a door has let in. Add one rule there: $2 (manageMark: true has the door do it)"
}

warn_of_closed_chains() {
  closed_chains
  each warning "$(closed_rules)"
}
