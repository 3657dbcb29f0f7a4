# shellcheck shell=sh
# The host's own chains, after a door in nftables has let a connection in: no table overrides the drop of another. So a chain that
# drops what it does not name needs a rule for the bit of the connection mark that doors set.

# The chains in which there is such a rule of ours, a line each: `<family> <table> <chain> <mark>`; `iptables` and `ip6tables`
# in place of a family, where the chain is theirs.
# shellcheck disable=SC2034 # read by boot.sh and persist.sh
MARKED=$ETC/marked

# change_iptables OPTION TOOL TABLE CHAIN MARK: checks, inserts or deletes that rule of iptables.
change_iptables() {
  "$2" -w 5 "$1" "$4" -m connmark --mark "$5/$5" -m comment --comment portknock -j ACCEPT </dev/null
}

# mark LINE: has that chain accept what has the mark. True where there is no such chain.
mark() {
  # shellcheck disable=SC2086 # it is four words
  set -- $1
  case $1 in
    ip*tables)
      change_iptables -C "$@" >/dev/null 2>&1 || change_iptables -I "$@"
      ;;
    *)
      listed=$(nft list chain "$1" "$2" "$3" 2>/dev/null) || return 0
      case $listed in *' accept comment "portknock"'*) return 0 ;; esac
      nft insert rule "$1" "$2" "$3" ct mark and "$4" != 0 accept comment '"portknock"'
      ;;
  esac
}

# unmark LINE: takes that rule away again.
unmark() {
  # shellcheck disable=SC2086 # it is four words
  set -- $1
  case $1 in
    ip*tables)
      while change_iptables -D "$@" >/dev/null 2>&1; do :; done
      ;;
    *)
      for handle in $(nft -a list chain "$1" "$2" "$3" 2>/dev/null | sed -n 's/^.* accept comment "portknock" # handle \([0-9]*\)$/\1/p'); do
        nft delete rule "$1" "$2" "$3" handle "$handle" || return 1
      done
      ;;
  esac
}

# for_each_line COMMAND TEXT: calls it with each line; false where one is false.
for_each_line() (
  IFS=$NEWLINE
  set -f
  for line in $2; do
    unset IFS
    "$1" "$line" || exit 1
  done
)
