# shellcheck shell=sh
# What else on a host decides over a door: chains of nft's own tables, read-only files, lists that cannot be written.

# read_nft: asks nft once. Sets NFT_CHAINS to the base chains of all tables, `<type> <hook> <policy> <family> <table>
# <chain>` each, and NFT_SEEN to yes where it said which there are.
read_nft() {
  [ -z "${NFT_SEEN-}" ] || return 0
  NFT_CHAINS=
  NFT_SEEN=no
  command -v nft >/dev/null 2>&1 && listed=$(nft -nn list chains 2>/dev/null) || return 0
  NFT_SEEN=yes
  # A host may have thousands of chains: split at once.
  separators=$IFS
  IFS=$NEWLINE
  set -f
  for line in $listed; do
    line=${line#"${line%%[! 	]*}"}
    case $line in
      'table '*) table=${line#table } && table=${table% \{} ;;
      'chain '*) chain=${line#chain } && chain=${chain% \{} ;;
      'type '*' hook '*)
        hook=${line#* hook }
        case $line in *' policy drop;'*) policy=drop ;; *) policy=accept ;; esac
        kind=${line#type }
        NFT_CHAINS="$NFT_CHAINS${NFT_CHAINS:+$NEWLINE}${kind%% *} ${hook%% *} $policy $table $chain"
        ;;
    esac
  done
  set +f
  IFS=$separators
}

# is_listed WORD FILE: whether a line of the file is that word.
is_listed() {
  while read -r listed; do
    [ "$listed" != "$1" ] || return 0
  done <"$2"
  return 1
} 2>/dev/null

# has_nft_table FAMILY TABLE: whether nft has it, with a base chain; or cannot say.
has_nft_table() {
  [ "$NFT_SEEN" = yes ] || return 0
  case "$NFT_CHAINS " in *" $1 $2 "*) return 0 ;; esac
  return 1
}

# nft_chains: sets `nft_chains` to the chains of nft's own tables that see a door's packets, `<policy> <family> <table> <chain>`
# each. The tables of iptables itself are not meant, nor firewalld's, of which advise tells.
nft_chains() {
  nft_chains=
  separators=$IFS
  IFS=$NEWLINE
  set -f
  for line in $NFT_CHAINS; do
    line=${line#* }
    hook=${line%% *}
    line=${line#* }
    case ${line#* } in
      *' firewalld '* | 'ip filter '* | 'ip nat '* | 'ip mangle '* | 'ip raw '* | 'ip security '*) ;;
      'ip6 filter '* | 'ip6 nat '* | 'ip6 mangle '* | 'ip6 raw '* | 'ip6 security '*) ;;
      'ip portknock '* | 'ip6 portknock '*) ;;
      'ip '* | 'ip6 '* | 'inet '* | 'netdev '*)
        case $hook:${HELD-} in
          input:* | prerouting:* | ingress:* | forward:*PORTKNOCK-FORWARD* | forward:*PORTKNOCK-DOCKER-USER*)
            nft_chains=$nft_chains${nft_chains:+$NEWLINE}$line
            ;;
        esac
        ;;
    esac
  done
  set +f
  IFS=$separators
}

# nft_rules FAMILY TABLE CHAIN: the verdicts of what drops or rejects there: `all` where nothing but counters and logs comes
# before it, else `some`.
nft_rules() {
  nft list chain "$1" "$2" "$3" 2>/dev/null | sed -nE \
    -e 's/^[[:space:]]*(counter packets [0-9]+ bytes [0-9]+ )?(log( [a-z]+ ("[^"]*"|[^ ]+))* )?(counter packets [0-9]+ bytes [0-9]+ )?(drop|reject( with .*)?)( comment ".*")?$/all/p' -e t \
    -e 's/^[[:space:]]*[^#].* (drop|reject( with .*)?)( comment ".*")?$/some/p' | sort -u
}

# nft_drops: what of `nft_chains` drops packets that no rule lets in, and else `some` for those that drop some, a line each.
nft_drops() {
  printf '%s\n' "$nft_chains" | while read -r policy family table chain; do
    verdicts=$(nft_rules "$family" "$table" "$chain")
    if [ "$policy" = drop ]; then
      echo "all $family $table, chain $chain (policy drop)"
    else
      case $verdicts in
        *all*) echo "all $family $table, chain $chain (a drop at its end)" ;;
        *some*) echo "some $family $table, chain $chain" ;;
      esac
    fi
  done
}

# warn_of_nft: of tables that let in only what they name.
warn_of_nft() {
  case $HELD in *' add chain '*) warn_of_closed_chains ;; esac
  case $HELD in *' :PORTKNOCK'*) nft_chains ;; *) return 0 ;; esac
  [ -z "$nft_chains" ] || nft_drops | while read -r extent where; do
    [ "$extent" != all ] ||
      warn "nft's own table $where drops what it does not let in: what it drops, no door opens. Let the door's ports and its knocks in there"
  done
}

# causes: what may have kept a fresh connection out, for one that failed. The doors may be gone again.
causes() {
  case ${HELD-} in *' add chain '*) closed_chains && each cause "$(closed_rules)" ;; esac
  read_nft
  nft_chains
  [ -z "$nft_chains" ] || nft_drops | while read -r extent where; do
    # A door in nftables is not loaded where a chain drops all that it lets in.
    [ "${BACKEND-} $extent" = 'nftables all' ] ||
      echo "cause nft's own table $where drops packets before the door or after it: let the door's ports and its knocks in there"
  done
}

# is_read_only: whether what is stored for the next boot can never be. A directory that is not there cannot be removed, and on
# a read-only file system that is not even tried.
is_read_only() {
  dir=$ETC
  [ -d "$dir" ] || dir=${ETC%/*}
  case $(rmdir "$dir/none" 2>&1) in *'Read-only file system'*) return 0 ;; esac
  return 1
}

# has_fixed_lists: whether a list of ours is not for this root to write. Opening one to append changes
# nothing. By true, since a redirection that fails ends a shell at its special built-in `:`.
has_fixed_lists() {
  for list in /proc/net/xt_recent/pk[46]-*; do
    [ ! -e "$list" ] || { true >>"$list"; } 2>/dev/null || return 0
  done
  return 1
}
