#!/bin/sh
# Stands in front of one of a host's tools (test/faults/rig.ts links it under their names, first in the sessions' PATH),
# counts the calls of each script of the provider, and at one of them does what the test asked for.
faults=/etc/faults
tool=${0##*/}
[ -n "${FAULTS_SCRIPT-}" ] || exec "$faults/real/$tool" "$@"

# One tool that reads, tests and writes would be three others on a host with iptables.
call=$tool
[ "$tool" != nft ] || case " $* " in
  *' -c '*) call=nft-check ;;
  *' -f '* | *' insert '* | *' delete '*) call=nft-load ;;
  *) call=nft-list ;;
esac

n=0
count=$faults/state/$FAULTS_SCRIPT.$call
[ ! -e "$count" ] || read -r n <"$count"
n=$((n + 1))
echo "$n" >"$count"
echo "$FAULTS_SCRIPT $call $n" >>"$faults/state/calls"

# The session's leader is the script's own shell: sshd and setsid both start it as one.
leader() { cut -d ' ' -f 6 "/proc/$$/stat"; }

# kill_timer: before its process has told of itself, there is none.
kill_timer() {
  [ ! -e /run/portknock/pending/pid ] || read -r timer </run/portknock/pending/pid
  [ -z "${timer-}" ] || kill -KILL "-$timer"
}

# strike ACTION
strike() {
  echo "$FAULTS_SCRIPT/$call/$n $1" >>"$faults/state/struck"
  case $1 in
    stop) read -r _ <"$faults/release" ;;
    kill-shell) kill -KILL "$(leader)" ;;
    kill-session) kill -KILL "-$(leader)" ;;
    kill-sshd) kill -KILL "$(cut -d ' ' -f 4 "/proc/$(leader)/stat")" ;;
    kill-timer) kill_timer ;;
    refuse)
      echo "$tool: refused by the test" >&2
      exit 1
      ;;
  esac
}

# A line for each fault: before or after, the step, the action.
before=
after=
if [ -e "$faults/state/fault" ]; then
  while read -r place step action; do
    [ "$step" = "$FAULTS_SCRIPT/$call/$n" ] || continue
    if [ "$place" = after ]; then after=$action; else before=$action; fi
  done <"$faults/state/fault"
fi
[ -z "$before" ] || strike "$before"
[ -n "$after" ] || exec "$faults/real/$tool" "$@"
"$faults/real/$tool" "$@"
code=$?
strike "$after"
exit "$code"
