# shellcheck shell=sh
# What the controller is told of a host: the owned rules, who loads them at boot, and what else it should know.

warn() {
  printf 'warning %s\n' "$1"
}

# other_rules FAMILY: whether the iptables variant that is not in use holds rules too. Asking the legacy tool makes the
# table that it asks for, so it is only asked where there is one; and the other only where nft does not say that there is
# none.
other_rules() {
  names=ip
  [ "$1" = 4 ] || names=ip6
  variant "${names}tables" "$1"
  if [ "$VARIANT" = nf_tables ]; then
    is_listed filter "/proc/net/${names}_tables_names" || return 1
    other=${names}tables-legacy-save
  else
    has_nft_table "$names" filter || return 1
    other=${names}tables-nft-save
  fi
  rules=$("$other" -t filter 2>/dev/null) || return 1
  # What it cannot show, it has.
  case $rules in *"$NEWLINE-A "* | *"' is incompatible, use 'nft' tool."*) return 0 ;; esac
  return 1
}

# advise: what may weaken a door or take it away. Reads LOADER.
advise() {
  for family in $FAMILIES; do
    ! other_rules "$family" ||
      warn "both variants of iptables hold rules for IPv$family: what the other one drops, no door of this one opens"
  done
  case $NFT_CHAINS in *' docker-bridges '*) HAS_DOCKER=yes ;; esac
  if [ -n "$HAS_DOCKER" ]; then
    warn 'Docker publishes the ports of containers past INPUT: only a door whose chain is DOCKER-USER guards them (in nftables: FORWARD)'
  fi
  case $HELD in *' add chain '*' :PORTKNOCK'*)
    warn 'doors in iptables and doors in nftables on one host: a try at a port of the ones is a wrong knock for the others, unless their ignore names it'
    ;;
  esac
  firewalld_reloads
  if [ "$RELOADS" = keep ]; then
    warn 'firewalld keeps its rules in a table of its own: a port that it closes, no door opens'
  fi
  warn_of_nft
  case $LOADER in
    systemd) ;;
    openrc)
      ! grep -q '^ENABLED=yes' /etc/ufw/ufw.conf 2>/dev/null ||
        warn 'a reload of ufw takes the doors away until the next boot, or the next refresh and up'
      for service in iptables ip6tables nftables ufw; do
        [ ! -e "/etc/runlevels/default/$service" ] ||
          warn "$service starts after the doors and takes them away: have it in their runlevel (rc-update add $service $(runlevel_of_network))"
      done
      ;;
    none) warn 'neither systemd nor OpenRC: a reboot takes the doors away, until a refresh and an up put them back' ;;
  esac
  [ -z "$FAMILIES" ] || advise_of_lists
}

# advise_of_lists: what may weaken a door whose sources are on lists of xt_recent.
advise_of_lists() {
  if has_fixed_lists; then
    warn 'the lists of xt_recent cannot be written here, as in a container: a grant that a change or the check of an up should end goes on until it runs out'
  fi
  [ -z "$HELD" ] || are_hidden ||
    warn 'other accounts of the host can read who has knocked (/proc/net/xt_recent), and find the sequence by trying: an up closes it to them, where the host lets root do so'
  slots=100
  { read -r slots </sys/module/xt_recent/parameters/ip_list_tot; } 2>/dev/null
  if [ "$slots" -lt 100 ]; then
    warn "xt_recent remembers $slots sources a list: so few spoofed knocks keep everyone out (ip_list_tot, default 100)"
  fi
  case $HELD in
    *-deaf*)
      [ "$slots" -ge 1000 ] ||
        warn "xt_recent remembers $slots sources a list: forged packets from as many others lift a lockout (ip_list_tot, default 100; from 1000 on this is not said)"
      ;;
  esac
}

# report: of what was looked at in this script, or of what it looks at now.
report() {
  [ -n "${LOOKED-}" ] || look || fail host-unfit "$(unreadable "$UNREAD")"
  read_nft
  for family in 4 6; do ! has_tables "$family" || echo "family $family"; done
  each rule "$HELD"
  # On the list of a token that nobody has used there is an entry.
  case $HELD in *-token*) report_unused /proc/net/xt_recent/pk[46]-*-t* ;; esac
  case $HELD in *' add quota '*) unused_quotas ;; esac
  loader
  if is_stored; then
    echo "persistence $LOADER"
  elif is_read_only; then
    echo 'persistence read-only'
    after='takes the doors away'
    [ ! -e "$ETC/rules" ] || after='loads the doors as they were stored before'
    # shellcheck disable=SC2154 # is_read_only sets it
    warn "$dir is read-only: a reboot $after, until a refresh and an up put them back"
  elif [ "$LOADER" = none ]; then
    echo 'persistence none'
  else
    echo 'persistence stale'
  fi
  advise
  diversions
  # shellcheck disable=SC2154 # diversions sets it
  each warning "$diverted"
}

# has_tables FAMILY: whether a door of that family can be seen here.
has_tables() {
  case " $FAMILIES " in *" $1 "*) return 0 ;; esac
  [ -n "$NFT" ] && { [ "$1" = 4 ] || [ -e /proc/net/if_inet6 ]; }
}

# unused_quotas: the quota of a token that nobody has used has counted nothing.
unused_quotas() {
  flat_nft all | sed -nE 's/^[46] add quota ip6? portknock (pk[46]-[0-9a-f]+-t[0-9a-f]+) \{ [0-9]+ bytes( used 0 bytes)? \}$/unused \1/p'
}

# report_unused LIST...
report_unused() {
  for list in "$@"; do
    case $( { read -r entry <"$list" && echo "$entry"; } 2>/dev/null) in src=*) echo "unused ${list##*/}" ;; esac
  done
}

# report_if_readable: for what was done already, and is no failure because nobody can read it back.
report_if_readable() {
  if [ -n "${LOOKED-}" ] || look; then report; else echo "unread $(one_line "$(unreadable "$UNREAD")")"; fi
}
