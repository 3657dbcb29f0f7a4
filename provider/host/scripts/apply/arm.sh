# shellcheck shell=sh
# The dead-man timer of a change, what is noted for it, and the ways in which an apply fails.
# The controller sets: LIBRARY (the functions that this script shares with the timer's and the boot loader's), ROLLBACK and
# BOOT (what these two are besides), REMOVE (for people at a console), ROLLBACK_SECONDS.

# arm: starts the timer, away from this session, before there is anything that it would have to remove; then notes what it
# needs, and what is to be stored. Sets `unit` and `timer`, of which one is empty.
arm() {
  script=$PENDING/rollback-$TX.sh
  # As often as it takes, should it be killed; it is gone with the transaction. What a killed script has left without it is
  # removed, once the lock is free. Without variables: systemd would put in its own.
  command="umask 077; while [ -e $script ] && ! sh $script; do sleep 1; done; for try in 1 2 3 4 5 6 7 8 9; do [ -d $RUN ] || exit 0; ! flock -n $LOCK sh -c '[ -e $PENDING/tx ] || [ -e $PENDING/back ] || rm -rf $RUN' || exit 0; sleep 1; done"
  unit=
  timer=
  if [ -d /run/systemd/system ]; then
    unit="portknock-rollback-$TX"
    timeout 20 systemd-run --quiet --collect --unit="$unit" --on-active="$ROLLBACK_SECONDS" \
      --timer-property=AccuracySec=100ms --property=Restart=on-failure --property=RestartSec=1s /bin/sh -c "$command" 9>&- >/dev/null 2>&1
  else
    # Its process tells of itself, from the group that setsid made, and then lets go of the pipe that is waited for.
    timer=$(setsid sh -c "trap '' HUP; echo \$\$; exec >/dev/null; sleep $ROLLBACK_SECONDS; $command" </dev/null 2>/dev/null 9>&- &)
  fi
  is_timer "$unit" "$timer" || return 1
  mkdir -p "$PENDING" && note unit "$unit" && note pid "$timer" &&
    note load.sh "$LIBRARY$NEWLINE$BOOT" && note remove.sh "$REMOVE" &&
    note "rollback-$TX.sh" "$LIBRARY$NEWLINE$ROLLBACK" && note door "$ID" && note owner "$OWNER"
}

# note NAME TEXT: writes what a rollback needs. False where the disk is full.
note() {
  printf '%s\n' "$2" >"$PENDING/$1"
} 2>/dev/null

# fail_untouched CODE TEXT: nothing was changed yet.
fail_untouched() {
  forget
  disarm "$unit" "$timer"
  fail "$1" "$2"
}

# fail_rolled_back CODE TEXT: leaves the host as it was found; where that fails, the timer does it.
fail_rolled_back() {
  roll_back 2>/dev/null || left
  fail "$1" "$2"
}

# must_be_pending: the timer may have struck while this script was slow, or was stopped; and a controller that is gone does
# not want it any more. Where rules were loaded already, they are taken back.
must_be_pending() {
  is_pending tx || fail_rolled_back busy 'it took so long that the timer has taken the change back'
}
