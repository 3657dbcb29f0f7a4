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
# A line for each token that was ever made usable: its door's id, and its name.
# shellcheck disable=SC2034 # read by tokens.sh and persist.sh
LEDGER=$ETC/tokens
# INPUT jumps to PORTKNOCK, another chain of the host to PORTKNOCK-<its name>.
DISPATCHERS='PORTKNOCK PORTKNOCK-FORWARD PORTKNOCK-DOCKER-USER'
# For awk: which chains are dispatchers, and which are those of a door, or without an id of any. mawk knows no {10}.
CHAINS='
  function is_dispatcher(chain) { return chain ~ /^PORTKNOCK(-FORWARD|-DOCKER-USER)?$/ }
  function is_door(chain, id) {
    return match(chain, /^PK-[0-9a-f]+/) && RLENGTH == 13 && substr(chain, 14) ~ /^(-[0-9A-Za-z]+)?$/ &&
      (id == "" || substr(chain, 4, 10) == id)
  }
'
NEWLINE='
'

# begin: on a line of its own, whatever a startup file has printed before.
begin() {
  printf '\nportknock begin %s\n' "$NONCE"
}

finish() {
  printf 'portknock end %s\n' "$NONCE"
  exit 0
}

# fail CODE TEXT: the answer is an error of that code (provider/errors.ts).
fail() {
  printf 'error %s %s\n' "$1" "$(printf '%s' "$2" | tr '\n' ' ' | head -c 1000)"
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
  FAMILIES=
  for family in 4 6; do
    [ "$family" = 4 ] || [ -e /proc/net/if_inet6 ] || continue
    tool=$(tool_of "$family")
    # Only a door that is for a family needs its tools: without them nothing of ours can be there.
    if is_needed "$family"; then need iptables "$tool-save" "$tool-restore" "$tool"; fi
    ! has_tools "$family" || FAMILIES=$FAMILIES${FAMILIES:+ }$family
  done
  [ -n "$FAMILIES" ] || need iptables iptables-save iptables-restore iptables
}

# variant TOOL: nf_tables or legacy, as it says itself.
variant() {
  case $("$1" -V </dev/null 2>/dev/null) in
    *'(nf_tables)') echo nf_tables ;;
    *'(legacy)') echo legacy ;;
  esac
}

# systemctl: with a limit, since it waits for jobs, and for a systemd that hangs.
systemctl() {
  timeout 20 systemctl "$@"
}

# has_line TEXT LINE
has_line() {
  case $NEWLINE$1$NEWLINE in *"$NEWLINE$2$NEWLINE"*) return 0 ;; esac
  return 1
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

# restore FAMILY [OPTION]
restore() {
  family=$1
  shift
  if [ "$family" = 6 ]; then ip6tables-restore -w 5 --noflush "$@"; else iptables-restore -w 5 --noflush "$@"; fi
}

# held FAMILY: the owned chains and rules that the host holds, and the jumps to them as `-I INPUT <place> …`.
held() {
  saved=$(save "$1") || return 1
  printf '%s\n' "$saved" | owned ''
}

# owned PREFIX: what is ours of a saved table on stdin, each line after the prefix. The place of a jump counts the rules
# above it that are not harmless. One awk, since a process costs more than all that it does here.
owned() {
  awk -v prefix="$1" "$CHAINS$ABOVE"'
    /^:/ { chain = substr($1, 2) }
    /^:/ && (is_dispatcher(chain) || is_door(chain, "")) { rules[++n] = $1; next }
    /^:/ { empty[chain]; next }
    $1 != "-A" { next }
    is_dispatcher($2) || is_door($2, "") { rules[++n] = $0; note_own($0); next }
    { rule[$2, ++count[$2]] = $0 }
    $2 ~ /^(INPUT|FORWARD|DOCKER-USER)$/ && $NF == ($2 == "INPUT" ? "PORTKNOCK" : "PORTKNOCK-" $2) {
      jumps[++m] = $2; at[m] = count[$2]
    }
    END {
      for (j = 1; j <= m; j++) {
        from = jumps[j]
        while (++done[from] < at[j]) if (accepts(rule[from, done[from]], 0)) place[from]++
        sub(/^-A [^ ]*/, "-I " from " " (++place[from]), rule[from, at[j]])
        print prefix rule[from, at[j]]
      }
      for (i = 1; i <= n; i++) print prefix rules[i]
    }'
}

# transition FROM TO: the document that turns the rules FROM, as held, into TO, for the dispatchers and this door's
# chains (every door's, where ID is empty). One transaction; the chains of other doors are not named, so not touched.
# Rules are texts, not files: a full disk must not stop a rollback, or cut what it reads.
transition() {
  printf '%s\n' "$1" -- "$2" | awk -v id="$ID" -v dispatchers="$DISPATCHERS" "$CHAINS"'
    BEGIN { print "*filter" }
    $0 == "--" { to = 1 }
    !to && sub(/^-I [A-Z-]+ [0-9]+ /, "-D " $2 " ")
    /^:/ {
      chain = substr($0, 2)
      if (!is_dispatcher(chain) && !is_door(chain, id)) next
      side[to + 0, chain] = 1
      if (!all[chain]++) chains[++m] = chain
    }
    to && $1 == "-A" && (is_dispatcher($2) || is_door($2, id)) { rules[++n] = $0 }
    END {
      for (i = 1; i <= m; i++) print ":" chains[i] " - [0:0]"
      for (i = 1; i <= n; i++) print rules[i]
      for (i = 1; i <= m; i++) if (!side[1, chains[i]]) print "-X " chains[i]
      count = split(dispatchers, names, " ")
      for (i = 1; i <= count; i++) if (side[1, names[i]]) {
        from = substr(names[i], length("PORTKNOCK-") + 1)
        print "-I " (from == "" ? "INPUT" : from) " 1 -m comment --comment portknock -j " names[i]
      }
      print "COMMIT"
    }'
}

# docker_chain FAMILY RULES: makes the chain that RULES are to be called from, where Docker has not made it yet. Docker
# keeps what it finds there (moby, libnetwork: setupUserChain).
docker_chain() {
  has_line "$2" :PORTKNOCK-DOCKER-USER || return 0
  # It ends with 1 where the chain is there.
  "$(tool_of "$1")" -w 5 -N DOCKER-USER </dev/null >/dev/null 2>&1
  [ $? -le 1 ]
}

# write FILE MODE TEXT: replaces a file in one step, also for a power cut soon after. False where the disk is full, or
# read-only. By cat, since the shell's own printf does not say why it could not write.
write() {
  printf '%s\n' "$3" | cat >"$1.new" && chmod "$2" "$1.new" && sync "$1.new" && mv "$1.new" "$1" && return
  rm -f "$1.new"
  return 1
}

# noted NAME: sets `noted` to the line that the pending transaction has under that name, or to nothing.
noted() {
  noted=
  read -r noted <"$PENDING/$1"
} 2>/dev/null

# is_pending NAME: whether it is our transaction that the host has under that name.
is_pending() {
  noted "$1"
  [ "$noted" = "$TX" ]
}

# timer_alive: whether the pending transaction's dead-man timer will still fire.
timer_alive() {
  noted unit
  unit_noted=$noted
  noted pid
  is_timer "$unit_noted" "$noted"
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

# is_over: whether there is no transaction that is still to be confirmed or taken back.
is_over() {
  [ ! -e "$PENDING/tx" ] && [ ! -e "$PENDING/back" ]
}

# claim: from now on the pending transaction can only be taken back. By one rename, as a confirm: who comes first has it.
claim() {
  mv "$PENDING/tx" "$PENDING/back" 2>/dev/null || [ -e "$PENDING/back" ]
}

# put_back: puts the rules back that the pending transaction found. In a subshell, since the pending door may be another
# than ours.
put_back() (
  noted door
  ID=$noted
  doors=
  hide_lists
  for family in 4 6; do
    [ -e "$PENDING/before$family" ] || continue
    found=$(cat "$PENDING/before$family") || return 1
    loaded=$(cat "$PENDING/loaded$family" 2>/dev/null)
    doors=$doors$found
    docker_chain "$family" "$found" || return 1
    if now=$(held "$family"); then readable=yes; else readable=; fi
    # Whoever has the lock may be forgetting it all: then half of it may have been read.
    ! is_over || return 1
    if [ -n "$readable" ]; then
      transition "$now" "$found" | restore "$family" || return 1
    else
      # An apply of an earlier release has not noted what it loads.
      [ -e "$PENDING/loaded$family" ] || return 1
      [ -z "$found$loaded" ] || by_name "$family" "$found$NEWLINE$loaded" "$found" || return 1
    fi
  done
  # With nothing stored, the ledger is of the door that is gone again.
  [ -e "$ETC/rules" ] || rm -rf "$ETC" || return 1
  [ -n "$doors" ] || [ ! -e "$PENDING/door" ] || show_lists
)

# roll_back: with the lock held, puts the rules back that the pending transaction found, and forgets it.
roll_back() {
  put_back && forget
}

# left: says what a rollback that failed has left: the timer, which tries it again, or nobody.
left() {
  if timer_alive; then echo 'timer left'; else echo 'no timer'; fi
}

# forget: the transaction is over; nothing of it stays. Without its `tx` it is over for all others, and until the very
# end its timer is there, which removes what is left should this script be killed.
forget() {
  rm -f "$PENDING/tx" "$PENDING/back"
  noted unit
  over_unit=$noted
  noted pid
  if rm -rf "$RUN"; then disarm "$over_unit" "$noted"; fi
}

# disarm UNIT PID: ends the timer, the sleep in its group, and what it may be doing without the lock.
disarm() {
  if [ -n "$1" ]; then systemctl stop "$1.timer" "$1.service" 2>/dev/null; fi
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

# look: sets HELD to what the host holds, of both families, a line each after the number of its family; FAMILIES to
# those that could be read, or had to be; HAS_DOCKER; and LOOKED.
# shellcheck disable=SC2034 # read by report.sh
look() {
  HELD=
  HAS_DOCKER=
  LOOKED=
  seen=
  for family in $FAMILIES; do
    saved=$(save "$family") || may_skip "$family" || unlooked || return 1
    is_table "$saved" || continue
    seen=$seen${seen:+ }$family
    case $saved in *"$NEWLINE:DOCKER"*) HAS_DOCKER=yes ;; esac
    mine=$(printf '%s\n' "$saved" | owned "$family ") || unlooked || return 1
    [ -z "$mine" ] || HELD=$HELD${HELD:+$NEWLINE}$mine
  done
  FAMILIES=$seen
  LOOKED=yes
}

# unlooked: what was read of one family alone is not what the host holds. False.
unlooked() {
  HELD=
  return 1
}

# is_stored: whether what is stored for the next boot is what was looked at.
is_stored() {
  [ "$HELD" = "$(cat "$ETC/rules" 2>/dev/null)" ]
}
