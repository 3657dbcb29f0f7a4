#!/bin/sh
# Stands in front of one of a host's tools (test/faults/rig.ts links it under their names, first in the sessions' PATH),
# counts the calls of each script of the provider, and at one of them does what the test asked for.
faults=/etc/faults
tool=${0##*/}
[ -n "${FAULTS_SCRIPT-}" ] || exec "$faults/real/$tool" "$@"

n=0
count=$faults/state/$FAULTS_SCRIPT.$tool
[ ! -e "$count" ] || read -r n <"$count"
n=$((n + 1))
echo "$n" >"$count"
echo "$FAULTS_SCRIPT $tool $n" >>"$faults/state/calls"

# The session's leader is the script's own shell: sshd and setsid both start it as one.
leader() { cut -d ' ' -f 6 "/proc/$$/stat"; }

strike() {
  echo "$action" >"$faults/state/struck"
  case $action in
    stop) read -r _ <"$faults/release" ;;
    kill-shell) kill -KILL "$(leader)" ;;
    kill-session) kill -KILL "-$(leader)" ;;
    kill-sshd) kill -KILL "$(cut -d ' ' -f 4 "/proc/$(leader)/stat")" ;;
    refuse)
      echo "$tool: refused by the test" >&2
      exit 1
      ;;
  esac
}

place=
[ ! -e "$faults/state/fault" ] || read -r place wanted action <"$faults/state/fault"
if [ "$place" = before ] && [ "$wanted" = "$FAULTS_SCRIPT/$tool/$n" ]; then strike; fi
if [ "$place" != after ] || [ "$wanted" != "$FAULTS_SCRIPT/$tool/$n" ]; then exec "$faults/real/$tool" "$@"; fi
"$faults/real/$tool" "$@"
code=$?
strike
exit "$code"
