# shellcheck shell=sh
# What the host's scripts share. POSIX sh (dash, busybox ash) as root, with iptables and flock.
# The controller sets before: NONCE (marks our part of the output), ID and OWNER (the door), TX (the transaction).
set -u
umask 077
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL

RUN=/run/portknock
PENDING=$RUN/pending
ETC=/etc/portknock
DOOR='PK-[0-9a-f]{10}'
# INPUT jumps to PORTKNOCK, another chain of the host to PORTKNOCK-<its name>.
DISPATCHERS='PORTKNOCK PORTKNOCK-FORWARD PORTKNOCK-DOCKER-USER'

begin() {
  printf 'portknock begin %s\n' "$NONCE"
}

finish() {
  printf 'portknock end %s\n' "$NONCE"
  exit 0
}

# fail CODE TEXT: the answer is an error of that code (provider/errors.ts).
fail() {
  printf 'error %s %s\n' "$1" "$(printf '%s' "$2" | tr '\n' ' ')"
  finish
}

# need PACKAGE TOOL...
need() {
  package=$1
  shift
  for tool in "$@"; do
    command -v "$tool" >/dev/null 2>&1 || fail host-unfit "$tool is missing: install $package"
  done
}

# fit: whether this host can do what is asked of it.
fit() {
  [ "$(id -u)" -eq 0 ] || fail host-unfit 'not root: log in as root, or set sudo'
  need util-linux flock setsid
  need iptables iptables-save iptables-restore
  FAMILIES=4
  if [ -e /proc/net/if_inet6 ]; then
    need iptables ip6tables-save ip6tables-restore
    FAMILIES='4 6'
  fi
}

# variant TOOL: nf_tables or legacy, as it says itself.
variant() {
  "$1" -V </dev/null 2>/dev/null | sed -nE 's/.*\((nf_tables|legacy)\)$/\1/p'
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

# save FAMILY, restore FAMILY [OPTION]: the tools of the family.
save() {
  if [ "$1" = 6 ]; then ip6tables-save -t filter; else iptables-save -t filter; fi
}

restore() {
  family=$1
  shift
  if [ "$family" = 6 ]; then ip6tables-restore -w 5 --noflush "$@"; else iptables-restore -w 5 --noflush "$@"; fi
}

# held FAMILY: the owned chains and rules that the host holds, and the jumps to them as `-I INPUT <place> …`.
held() {
  saved=$(save "$1") || return 1
  printf '%s\n' "$saved" | awk '
    $1 == "-A" && $2 ~ /^(INPUT|FORWARD|DOCKER-USER)$/ {
      place[$2]++
      if ($NF == ($2 == "INPUT" ? "PORTKNOCK" : "PORTKNOCK-" $2)) { sub(/^-A [^ ]*/, "-I " $2 " " place[$2]); print }
    }'
  printf '%s\n' "$saved" | grep -E "^(:|-A )(PORTKNOCK(-FORWARD|-DOCKER-USER)?|$DOOR(-[0-9A-Za-z]+)?) " |
    sed 's/^\(:[^ ]*\) .*/\1/'
  return 0
}

# chains_of RULES: the chains of this door in them, and the dispatchers.
chains_of() {
  printf '%s\n' "$1" | grep -E "^:(PORTKNOCK(-FORWARD|-DOCKER-USER)?|PK-$ID(-[0-9A-Za-z]+)?)\$" | cut -c 2-
}

# transition FROM TO: the document that turns the rules FROM, as held, into TO, for the dispatchers and this door's
# chains. One transaction; the chains of other doors are not named, so not touched. Rules are texts, not files: a full
# disk must not stop a rollback, or cut what it reads.
transition() {
  echo '*filter'
  printf '%s\n' "$1" | sed -n 's/^-I \([A-Z-]*\) [0-9]* /-D \1 /p'
  { chains_of "$1"; chains_of "$2"; } | sort -u | sed 's/.*/:& - [0:0]/'
  printf '%s\n' "$2" | grep -E "^-A (PORTKNOCK(-FORWARD|-DOCKER-USER)?|PK-$ID(-[0-9A-Za-z]+)?) "
  chains_of "$1" | sort | while read -r chain; do
    printf '%s\n' "$2" | grep -q "^:$chain\$" || echo "-X $chain"
  done
  for dispatcher in $DISPATCHERS; do
    from=${dispatcher#PORTKNOCK}
    from=${from#-}
    printf '%s\n' "$2" | grep -q "^:$dispatcher\$" || continue
    echo "-I ${from:-INPUT} 1 -m comment --comment portknock -j $dispatcher"
  done
  echo COMMIT
}

# docker_chain FAMILY RULES: makes the chain that RULES are to be called from, where Docker has not made it yet. Docker
# keeps what it finds there (moby, libnetwork: setupUserChain).
docker_chain() {
  printf '%s\n' "$2" | grep -q '^:PORTKNOCK-DOCKER-USER$' || return 0
  has_docker_chain "$1" || printf '*filter\n:DOCKER-USER - [0:0]\nCOMMIT\n' | restore "$1"
}

has_docker_chain() {
  save "$1" | grep -q '^:DOCKER-USER '
}

# lock: one script at a time. On the directory /run itself, so that there is no lock file to leave behind, or to
# remove while another script waits for it; the kernel ends the lock with its holder.
lock() {
  exec 9</run
  flock 9
}

unlock() {
  exec 9>&-
}

# timer_alive: whether the pending transaction's dead-man timer will still fire.
timer_alive() {
  is_timer "$(cat "$PENDING/unit" 2>/dev/null)" "$(cat "$PENDING/pid" 2>/dev/null)"
}

# is_timer UNIT PID: whether the one that is not empty is there. The process leads a group of its own, which setsid made:
# there is none before setsid runs, nor where it failed.
is_timer() {
  if [ -n "$1" ]; then
    systemctl is-active --quiet "$1.timer"
  else
    [ -n "$2" ] && kill -0 "-$2" 2>/dev/null
  fi
}

# roll_back: with the lock held, puts the rules back that the pending transaction found, and forgets it. In a
# subshell, since the pending door may be another than ours.
roll_back() (
  ID=$(cat "$PENDING/door")
  for family in 4 6; do
    [ -e "$PENDING/before$family" ] || continue
    docker_chain "$family" "$(cat "$PENDING/before$family")" || return 1
    now=$(held "$family") || return 1
    transition "$now" "$(cat "$PENDING/before$family")" | restore "$family" || return 1
  done
  forget
)

# forget: the transaction is over; nothing of it stays. Without its `tx` it is over for all others, and until the very
# end its timer is there, which removes what is left should this script be killed.
forget() {
  rm -f "$PENDING/tx"
  over_unit=$(cat "$PENDING/unit" 2>/dev/null)
  over_pid=$(cat "$PENDING/pid" 2>/dev/null)
  if rm -rf "$RUN"; then disarm "$over_unit" "$over_pid"; fi
}

# disarm UNIT PID: ends the timer, and the sleep in its group.
disarm() {
  if [ -n "$1" ]; then systemctl stop "$1.timer"; fi
  # No `--` before the group: dash and busybox do not agree on it.
  if [ -n "$2" ]; then kill -KILL "-$2" 2>/dev/null; fi
  return 0
}

# revoke DOOR ADDRESS: takes the door's grant from it.
revoke() {
  for list in /proc/net/xt_recent/pk[46]-"$1"-open; do
    [ ! -e "$list" ] || [ -z "$2" ] || echo "-$2" >"$list"
  done 2>/dev/null
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

# all_held: what the host holds, of both families, a line each after the number of its family.
all_held() {
  for family in $FAMILIES; do
    rules=$(held "$family") || return 1
    printf '%s\n' "$rules" | sed -n "s/^./$family &/p"
  done
}

# is_stored: whether what is stored for the next boot is what the host holds.
is_stored() {
  [ "$(all_held)" = "$(cat "$ETC/rules" 2>/dev/null)" ]
}
