#!/bin/sh
# Takes every door of port knocking (pulumi-portknock) off this host, for someone at a console: rules, timers, and what
# loads them at boot. It needs no table to be readable, and touches no rule of anyone else's.
set -u
umask 077
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL

RUN=/run/portknock
ETC=/etc/portknock
failed=

# trouble TEXT: what stays, said at once and at the end.
trouble() {
  echo "portknock: $1" >&2
  failed=yes
}

# unjump TOOL CHAIN DISPATCHER: deletes the jumps by what they are. At a rule before ours that iptables cannot show it may
# give up, and nft can do it.
unjump() {
  while :; do
    "$1" -w 5 -D "$2" -m comment --comment portknock -j "$3" >/dev/null 2>&1
    code=$?
    [ "$code" -eq 0 ] || break
  done
  # No such rule, or no such chain.
  case $code in 1 | 2) return 0 ;; esac
  case $1 in ip6*) table=ip6 ;; *) table=ip ;; esac
  listed=$(nft -a list chain "$table" filter "$2" 2>/dev/null) || return 1
  for handle in $(printf '%s\n' "$listed" | sed -n "s/^.*[[:space:]]jump $3 # handle \([0-9]*\)\$/\1/p"); do
    nft delete rule "$table" filter "$2" handle "$handle" || return 1
  done
}

# chains TOOL FAMILY: the names of ours, from all that may know them.
chains() {
  {
    echo ':PORTKNOCK'
    "$1-save" -t filter 2>/dev/null
    sed -n "s/^$2 //p" "$ETC/rules" 2>/dev/null
    cat "$RUN/pending/before$2" "$RUN/pending/loaded$2" 2>/dev/null
    table=ip
    [ "$2" = 4 ] || table=ip6
    nft list table "$table" filter 2>/dev/null | sed -n 's/^[[:space:]]*chain \([^ ]*\) {$/:\1/p'
  } | sed -nE 's/^:(PORTKNOCK(-FORWARD|-DOCKER-USER)?|PK-[0-9a-f]{10}(-[0-9A-Za-z]+)?)( .*)?$/\1/p' | sort -u
}

# remove TOOL FAMILY
remove() {
  unjump "$1" INPUT PORTKNOCK || trouble "a jump from INPUT to PORTKNOCK may be left: $1 gave up, and nft did not do it"
  for from in FORWARD DOCKER-USER; do
    unjump "$1" "$from" "PORTKNOCK-$from" || trouble "a jump from $from to PORTKNOCK-$from may be left: $1 gave up, and nft did not do it"
  done
  names=$(chains "$1" "$2")
  # What is not there is made first, so that all can be deleted; emptied first, so that none holds another.
  document() {
    echo '*filter'
    for name in $names; do echo ":$name - [0:0]"; done
    [ "$1" = flush ] || for name in $names; do echo "-X $name"; done
    echo COMMIT
  }
  problem=$(document delete | "$1-restore" -w 5 --noflush 2>&1) && return
  trouble "$1-restore: $problem"
  document flush | "$1-restore" -w 5 --noflush 2>/dev/null &&
    trouble "the chains are empty, so they close nothing, but not all of them are gone"
}

[ "$(id -u)" -eq 0 ] || { trouble 'not root'; exit 1; }
# With the lock of all our scripts; a script that hangs, or what is no file, must not keep this one waiting.
if [ ! -f /run/portknock.lock ] || [ -L /run/portknock.lock ]; then rm -rf /run/portknock.lock; fi
exec 9>>/run/portknock.lock
tries=0
until flock -n 9; do
  [ "$tries" -lt 30 ] || { trouble 'another script of ours holds the lock /run/portknock.lock'; break; }
  tries=$((tries + 1))
  sleep 1
done

# Without its tx a change that is pending is over, for its timer too.
rm -f "$RUN/pending/tx" "$RUN/pending/back"
if [ -d /run/systemd/system ]; then
  systemctl stop 'portknock-rollback-*.timer' 2>/dev/null
elif read -r pid <"$RUN/pending/pid" && [ -n "$pid" ]; then
  kill -KILL "-$pid" 2>/dev/null
fi 2>/dev/null

for family in 4 6; do
  tool=iptables
  [ "$family" = 4 ] || tool=ip6tables
  if ! command -v "$tool" >/dev/null 2>&1; then
    [ "$(chains "$tool" "$family")" = PORTKNOCK ] || trouble "$tool is missing: the doors for IPv$family may be there"
    continue
  fi
  [ "$family" = 4 ] || [ -e /proc/net/if_inet6 ] || continue
  remove "$tool" "$family"
  # What was loaded before the host took to the other variant is still there. Asking the legacy tool makes the table.
  for other in "$tool-nft" "$tool-legacy"; do
    [ "$("$tool" -V 2>/dev/null)" != "$("$other" -V 2>/dev/null)" ] || continue
    case $other in *legacy) grep -qx filter "/proc/net/${tool%tables}_tables_names" 2>/dev/null || continue ;; esac
    ! "$other-save" -t filter 2>/dev/null | grep -q '^:PORTKNOCK' || remove "$other" "$family"
  done
done

# The rules for the connection mark in the host's own chains.
[ ! -e "$ETC/marked" ] || while read -r family table chain mark; do
  case $family in
    ip*tables) "$family" -w 5 -D "$chain" -m connmark --mark "$mark/$mark" -m comment --comment portknock -j ACCEPT ;;
    *)
      for handle in $(nft -a list chain "$family" "$table" "$chain" 2>/dev/null | sed -n 's/^.* accept comment "portknock" # handle \([0-9]*\)$/\1/p'); do
        nft delete rule "$family" "$table" "$chain" handle "$handle" || trouble "a rule for the mark $mark may be left in $family $table, chain $chain"
      done
      ;;
  esac </dev/null
done <"$ETC/marked"
# Both of nftables' hold doors and nothing else.
for table in ip ip6; do
  ! nft list table "$table" portknock >/dev/null 2>&1 || nft delete table "$table" portknock ||
    trouble "nft's table $table portknock could not be deleted"
done

if [ -d /run/systemd/system ]; then
  for unit in portknock-again portknock; do
    [ ! -L "/etc/systemd/system/$unit.service" ] || systemctl disable --quiet --now "$unit.service" ||
      trouble "$unit.service could not be disabled"
  done
fi
for link in /etc/runlevels/*/portknock; do
  [ ! -L "$link" ] || rm -f "$link" || trouble "$link could not be removed"
done
# What knows the names of the rules stays for as long as any of them may.
[ -n "$failed" ] || rm -rf /etc/init.d/portknock /etc/modprobe.d/portknock.conf "$ETC" "$RUN" || trouble "$ETC could not be removed"
[ -z "$failed" ] || exit 1
# As the kernel makes them.
for folder in /proc/net/xt_recent /proc/net/ipt_hashlimit /proc/net/ip6t_hashlimit; do
  case $(ls -ld "$folder" 2>/dev/null) in dr-x------*) chmod go=rx "$folder" ;; esac
done
echo 'portknock: all doors are gone'
