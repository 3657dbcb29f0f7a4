# shellcheck shell=sh
# What else on a host decides over a door: chains of nft's own tables, read-only files, lists that cannot be written.

# nft_chains: the chains of nft's own tables that see a door's packets, `<policy> <family> <table> <chain>` each. The tables
# of iptables itself are not meant, nor firewalld's, of which advise tells.
nft_chains() {
  command -v nft >/dev/null 2>&1 || return 0
  hooks='input|prerouting|ingress'
  case ${HELD-} in *PORTKNOCK-FORWARD* | *PORTKNOCK-DOCKER-USER*) hooks="$hooks|forward" ;; esac
  nft list chains 2>/dev/null | awk -v hooks="^($hooks)\$" '
    $1 == "table" { family = $2; table = $3 }
    $1 == "chain" { chain = $2 }
    $1 == "type" {
      if (family !~ /^(ip|ip6|inet|netdev)$/ || table == "firewalld") next
      if (family ~ /^ip6?$/ && table ~ /^(filter|nat|mangle|raw|security)$/) next
      hook = ""; policy = "accept"
      for (i = 1; i < NF; i++) {
        if ($i == "hook") hook = $(i + 1)
        if ($i == "policy") { policy = $(i + 1); sub(/;.*/, "", policy) }
      }
      if (hook ~ hooks) print policy, family, table, chain
    }'
}

# nft_rules FAMILY TABLE CHAIN: the verdicts of what drops or rejects there: `all` where nothing but counters and logs comes
# before it, else `some`.
nft_rules() {
  nft list chain "$1" "$2" "$3" 2>/dev/null | sed -nE \
    -e 's/^[[:space:]]*(counter packets [0-9]+ bytes [0-9]+ )?(log( [a-z]+ ("[^"]*"|[^ ]+))* )?(counter packets [0-9]+ bytes [0-9]+ )?(drop|reject( with .*)?)( comment ".*")?$/all/p' -e t \
    -e 's/^[[:space:]]*[^#].* (drop|reject( with .*)?)( comment ".*")?$/some/p' | sort -u
}

# nft_drops: what of them drops packets that no rule lets in, and else `some` for those that drop some, a line each.
nft_drops() {
  nft_chains | while read -r policy family table chain; do
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
  nft_drops | while read -r extent where; do
    [ "$extent" != all ] ||
      warn "nft's own table $where drops what it does not let in: what it drops, no door opens. Let the door's ports and its knocks in there"
  done
}

# causes: what may have kept a fresh connection out, for one that failed.
causes() {
  nft_drops | while read -r _ where; do
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
