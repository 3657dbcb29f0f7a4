# shellcheck shell=sh
# What an apply finds that an earlier one has left.

# settle: with the lock held, makes sure that no other transaction is pending.
# shellcheck disable=SC2154 # `noted` sets the variable of its name
settle() {
  # shellcheck disable=SC2154 # as must_lock read it
  patient_until=$((uptime + PATIENCE_SECONDS))
  while [ -e "$PENDING" ]; do
    if is_over; then
      # An apply died before it had changed anything, or after its confirm.
      forget
    elif is_ours || [ -e "$PENDING/back" ] || ! timer_alive; then
      # An apply of this door died before its confirm, or one before its timer was armed. Or a timer has taken one back
      # without the lock, which is ours now: then once more.
      if roll_back; then
        echo 'earlier rolled back'
      else
        echo 'earlier held'
        left
        fail script 'an earlier apply could not be rolled back'
      fi
    elif [ "$uptime" -ge "$patient_until" ]; then
      noted owner
      fail busy "an apply of $noted is pending"
    else
      noted owner
      printf 'waiting %s\n' "$noted"
      unlock
      sleep 1
      must_lock
    fi
  done
}

# is_ours: whether the pending transaction is one of this door.
is_ours() {
  noted door
  [ "${noted-}" = "$ID" ]
}
