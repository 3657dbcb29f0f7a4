# shellcheck shell=sh
# A change that nobody has confirmed yet: what is noted of it, its dead-man timer, and how it is taken back.
# The timer's own script sets IS_TIMER.

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
  door=$noted
  # Then the change may have left any door without its lists.
  noted anew
  [ -z "$noted" ] || door=
  doors=
  if [ -e "$PENDING/before4" ] || [ -e "$PENDING/before6" ]; then hide_lists; fi
  for family in 4 6; do
    [ -e "$PENDING/before$family" ] || continue
    found=$(cat "$PENDING/before$family") || return 1
    loaded=$(cat "$PENDING/loaded$family" 2>/dev/null)
    doors=$doors$found
    docker_chain "$family" "$found" || return 1
    if held "$family"; then readable=yes; else readable=; fi
    # Whoever has the lock may be forgetting it all: then half of it may have been read.
    ! is_over || return 1
    if [ -n "$readable" ]; then
      document=$(transition "$door" "$OWNED" "$found") && restore "$family" "$document" || return 1
    else
      # An apply of an earlier release has not noted what it loads.
      [ -e "$PENDING/loaded$family" ] || return 1
      [ -z "$found$loaded" ] || by_name "$door" "$family" "$found$NEWLINE$loaded" "$found" || return 1
    fi
  done
  # Nobody else has changed what nftables holds: a change that is pending keeps all others out.
  if [ -e "$PENDING/beforen" ]; then
    found=$(cat "$PENDING/beforen") && held_nft || return 1
    ! is_over || return 1
    document=$(nft_document "$OWNED" "$found") && give_nft "$document" || return 1
    [ ! -e "$PENDING/marked" ] || for_each_line unmark "$(cat "$PENDING/marked")" || return 1
    # Another service may have flushed those that were there before.
    [ ! -e "$MARKED" ] || for_each_line mark "$(cat "$MARKED")" || return 1
    doors=$doors$found
  fi
  # With nothing stored, the ledger is of the door that is gone again.
  [ -e "$ETC/rules" ] || [ ! -e "$ETC" ] || rm -rf "$ETC" || return 1
  [ -n "$doors" ] || [ ! -e "$PENDING/door" ] || show_lists
)

# roll_back: with the lock held, puts the rules back that the pending transaction found, and forgets it. What cannot be
# forgotten is left to the timer, which tries until it can.
roll_back() {
  put_back && { forget || [ -z "${IS_TIMER-}" ]; }
}

# left: says what a rollback that failed has left: the timer, which tries it again, or nobody.
left() {
  if timer_alive; then echo 'timer left'; else echo 'no timer'; fi
}

# forget: the transaction is over; nothing of it stays. Without its `tx` it is over for all others, so that goes first, and
# until the very end its timer is there, which removes what is left should this script be killed.
forget() {
  noted unit
  over_unit=$noted
  noted pid
  rm -rf "$PENDING/tx" "$PENDING/back" "$RUN" || return 1
  # The timer has fired where it does this itself; stopping it would end this script.
  [ -n "${IS_TIMER-}" ] || disarm "$over_unit" "$noted"
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
  [ -z "$NFT" ] || take_off_nft "$1" "$2"
  for list in /proc/net/xt_recent/pk[46]-"$1"-open; do
    [ ! -e "$list" ] || [ -z "$2" ] || echo "-$2" >"$list"
  done 2>/dev/null
}
