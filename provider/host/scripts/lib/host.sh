# shellcheck shell=sh
# What the host is, and which tools it has. The controller may set WANTED, to the families of its door, and BACKEND, to what
# holds it: iptables or nftables. Without it, whatever there is counts; with any other word, what is noted and stored alone.
# Answers go into variables, not through `$(...)`: each of these is a process, and there were a hundred in a confirm.

# need PACKAGE TOOL...
need() {
  package=$1
  shift
  for needed in "$@"; do
    command -v "$needed" >/dev/null 2>&1 || fail host-unfit "$needed is missing: install $package"
  done
}

# require_tools: or the answer is an error. Sets NFT to yes where nftables has doors, or is to have one; and FAMILIES to those
# whose tables the host has iptables for, where iptables has doors, or is to have one.
require_tools() {
  is_root || fail host-unfit 'not root: log in as root, or set sudo'
  need util-linux flock setsid
  FAMILIES=
  NFT=
  if uses_nft; then
    need nftables nft
    NFT=yes
  fi
  ! uses_iptables || require_iptables
}

# uses_nft: whether nftables has a door, as far as is noted and stored, or is to have one; or may have one, where that is not known.
uses_nft() {
  case ${BACKEND-} in
    nftables) return 0 ;;
    '') ! command -v nft >/dev/null 2>&1 || return 0 ;;
  esac
  [ -e "$PENDING/beforen" ] || {
    # Its lines come first.
    has_text "$ETC/rules"
    case $first in '4 add '* | '6 add '*) ;; *) return 1 ;; esac
  }
}

# uses_iptables: the same of iptables.
uses_iptables() {
  case ${BACKEND-} in
    iptables) return 0 ;;
    '') [ -n "$NFT" ] && ! has_tools 4 && ! has_tools 6 || return 0 ;;
  esac
  [ -e "$PENDING/before4" ] || [ -e "$PENDING/before6" ] || is_stored_for '[46]'
}

require_iptables() {
  for family in 4 6; do
    [ "$family" = 4 ] || [ -e /proc/net/if_inet6 ] || continue
    if has_tools "$family"; then
      FAMILIES=$FAMILIES${FAMILIES:+ }$family
    elif is_needed "$family"; then
      # Only a door that is for a family needs its tools: without them nothing of ours can be there.
      need iptables "$TOOL-save" "$TOOL-restore" "$TOOL"
    fi
  done
  [ -n "$FAMILIES" ] || need iptables iptables-save iptables-restore iptables
}

# is_root: as the kernel says. `id` would be one process more.
is_root() {
  while read -r key _ effective _; do
    [ "$key" != Uid: ] || break
  done </proc/self/status
  [ "${effective-}" = 0 ]
} 2>/dev/null

# name_tool FAMILY: sets `TOOL` to the name of its iptables.
name_tool() {
  if [ "$1" = 6 ]; then TOOL=ip6tables; else TOOL=iptables; fi
}

# has_tools FAMILY: also sets `TOOL`.
has_tools() {
  name_tool "$1"
  command -v "$TOOL" && command -v "$TOOL-save" && command -v "$TOOL-restore"
} >/dev/null 2>&1

# find_path NAME: sets `path` to the program that the name runs, or to nothing.
find_path() {
  folders=$PATH:
  while [ -n "$folders" ]; do
    path=${folders%%:*}/$1
    folders=${folders#*:}
    [ ! -f "$path" ] || [ ! -x "$path" ] || return 0
  done
  path=
}

# are_same TOOL TOOL: whether two names are of one program.
are_same() {
  find_path "$1"
  compared=$path
  find_path "$2"
  # shellcheck disable=SC3013 # dash and busybox have -ef
  [ "$compared" -ef "$path" ]
}

# variant TOOL FAMILY: sets `VARIANT` to nf_tables or legacy. Told by the program that the name is of, else it says so itself.
variant() {
  name_tool "$2"
  VARIANT=
  ! are_same "$1" "$TOOL-nft" || VARIANT=nf_tables
  ! are_same "$1" "$TOOL-legacy" || VARIANT=${VARIANT:+both}${VARIANT:-legacy}
  case $VARIANT in nf_tables | legacy) return ;; esac
  case $("$1" -V </dev/null 2>/dev/null) in
    *'(nf_tables)') VARIANT=nf_tables ;;
    *'(legacy)') VARIANT=legacy ;;
    *) VARIANT= ;;
  esac
}

# systemctl: with a limit, since it waits for jobs, and for a systemd that hangs.
systemctl() {
  timeout 20 systemctl "$@"
}

# firewalld_reloads: sets `RELOADS` to what its reloads do to rules that are not its own, flush or keep, where it runs. Those
# of its iptables backend flush them (firewalld.conf(5)), and so do all before release 2 (seen of 1.3), and systemd knows
# nothing of a reload.
# shellcheck disable=SC2034 # read by apply.sh and report.sh
firewalld_reloads() {
  RELOADS=
  command -v firewalld >/dev/null 2>&1 && systemctl is-active --quiet firewalld || return 0
  RELOADS=flush
  ! grep -q '^FirewallBackend=iptables' /etc/firewalld/firewalld.conf 2>/dev/null || return 0
  case $(firewall-cmd --version </dev/null 2>/dev/null) in 0.* | 1.*) ;; *) RELOADS=keep ;; esac
}

# loader: sets `LOADER` to who loads the stored rules at boot.
# shellcheck disable=SC2034 # read by persist.sh and report.sh
loader() {
  if [ -d /run/systemd/system ]; then
    LOADER=systemd
  elif command -v rc-update >/dev/null 2>&1; then
    LOADER=openrc
  else
    LOADER=none
  fi
}

# runlevel_of_network: OpenRC's, in which the network comes up; Debian has it in sysinit, and never enters boot.
runlevel_of_network() {
  if [ -e /etc/runlevels/sysinit/networking ]; then echo sysinit; else echo boot; fi
}

# is_needed FAMILY: whether a door is for it, or something of ours is known to be there. Scripts without WANTED go by what
# is noted and stored.
is_needed() {
  [ "${BACKEND-}" = nftables ] || case " ${WANTED-} " in *" $1 "*) return 0 ;; esac
  has_text "$PENDING/before$1" || has_text "$PENDING/loaded$1" || is_stored_for "$1"
}

# may_skip FAMILY: whether it need not be read. Where nothing tells which families are ours, all are.
may_skip() {
  ! is_needed "$1" &&
    { [ -n "${WANTED-}" ] || [ -e "$ETC/rules" ] || [ -e "$PENDING/loaded4" ] || [ -e "$PENDING/loaded6" ]; }
}

# has_text FILE: whether its first line has any.
has_text() {
  first=
  [ ! -e "$1" ] || read -r first <"$1"
  [ -n "$first" ]
} 2>/dev/null

# is_stored_for FAMILY: whether rules of it for iptables are stored for the next boot.
is_stored_for() {
  [ -e "$ETC/rules" ] && grep -q "^$1 [:-]" "$ETC/rules"
}

# stored FAMILY [:]: what was stored for the next boot, of iptables; or the chains of it alone.
stored() {
  sed -n "s/^$1 \([${2-:-}]\)/\1/p" "$ETC/rules" 2>/dev/null
}

# is_stored: whether what is stored for the next boot is what was looked at. STORED is what this script itself has stored.
is_stored() {
  [ "$HELD" = "${STORED-$(cat "$ETC/rules" 2>/dev/null)}" ]
}
