# shellcheck shell=sh
# What the host is, and which tools it has. The controller may set WANTED, to the families of its door.

# need PACKAGE TOOL...
need() {
  package=$1
  shift
  for needed in "$@"; do
    command -v "$needed" >/dev/null 2>&1 || fail host-unfit "$needed is missing: install $package"
  done
}

# require_tools: or the answer is an error. Sets FAMILIES to those whose tables the host has tools for.
require_tools() {
  is_root || fail host-unfit 'not root: log in as root, or set sudo'
  need util-linux flock setsid
  FAMILIES=
  for family in 4 6; do
    [ "$family" = 4 ] || [ -e /proc/net/if_inet6 ] || continue
    tool=$(tool_of "$family")
    if has_tools "$family"; then
      FAMILIES=$FAMILIES${FAMILIES:+ }$family
    elif is_needed "$family"; then
      # Only a door that is for a family needs its tools: without them nothing of ours can be there.
      need iptables "$tool-save" "$tool-restore" "$tool"
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

tool_of() {
  if [ "$1" = 6 ]; then echo ip6tables; else echo iptables; fi
}

# has_tools FAMILY
has_tools() {
  set -- "$(tool_of "$1")"
  command -v "$1" && command -v "$1-save" && command -v "$1-restore"
} >/dev/null 2>&1

# are_same TOOL TOOL: whether two names are of one program.
are_same() {
  # shellcheck disable=SC3013 # dash and busybox have -ef
  [ "$(command -v "$1")" -ef "$(command -v "$2")" ]
}

# variant TOOL FAMILY: nf_tables or legacy. Told by the program that the name is of, else it says so itself.
variant() {
  case $(! are_same "$1" "$(tool_of "$2")-nft" || echo nft)$(! are_same "$1" "$(tool_of "$2")-legacy" || echo legacy) in
    nft) echo nf_tables ;;
    legacy) echo legacy ;;
    *)
      case $("$1" -V </dev/null 2>/dev/null) in
        *'(nf_tables)') echo nf_tables ;;
        *'(legacy)') echo legacy ;;
      esac
      ;;
  esac
}

# systemctl: with a limit, since it waits for jobs, and for a systemd that hangs.
systemctl() {
  timeout 20 systemctl "$@"
}

# firewalld_reloads: what its reloads do to rules that are not its own, where it runs. Those of its iptables backend flush
# them (firewalld.conf(5)), and so do all before release 2 (seen of 1.3), and systemd knows nothing of a reload.
firewalld_reloads() {
  command -v firewalld >/dev/null 2>&1 && systemctl is-active --quiet firewalld || return 0
  if grep -q '^FirewallBackend=iptables' /etc/firewalld/firewalld.conf 2>/dev/null; then echo flush; return; fi
  case $(firewall-cmd --version </dev/null 2>/dev/null) in
    0.* | 1.*) echo flush ;;
    *) echo keep ;;
  esac
}

# loader: who loads the stored rules at boot.
loader() {
  if [ -d /run/systemd/system ]; then
    echo systemd
  elif command -v rc-update >/dev/null 2>&1; then
    echo openrc
  else
    echo none
  fi
}

# runlevel_of_network: OpenRC's, in which the network comes up; Debian has it in sysinit, and never enters boot.
runlevel_of_network() {
  if [ -e /etc/runlevels/sysinit/networking ]; then echo sysinit; else echo boot; fi
}

# is_needed FAMILY: whether a door is for it, or something of ours is known to be there. Scripts without WANTED go by what
# is noted and stored.
is_needed() {
  case " ${WANTED-} " in *" $1 "*) return 0 ;; esac
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

# is_stored_for FAMILY: whether rules of it are stored for the next boot.
is_stored_for() {
  [ -e "$ETC/rules" ] && grep -q "^$1 " "$ETC/rules"
}

# stored FAMILY: what was stored for the next boot.
stored() {
  sed -n "s/^$1 //p" "$ETC/rules" 2>/dev/null
}

# is_stored: whether what is stored for the next boot is what was looked at. STORED is what this script itself has stored.
is_stored() {
  [ "$HELD" = "${STORED-$(cat "$ETC/rules" 2>/dev/null)}" ]
}
