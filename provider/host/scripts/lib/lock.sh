# shellcheck shell=sh
# One script at a time changes a host. Whoever can open a file can hold a lock on it: only root can open this one.
# The controller sets before, where a script must not go on after its time: TIME_SECONDS.

# It stays until the next boot: removed, it would be two locks to those who wait for it.
LOCK=/run/portknock.lock
# How long to wait for another script. Its own work takes well under a second.
LOCK_SECONDS=10

# read_uptime: sets `uptime` to the seconds since the host came up. The time of day may be set meanwhile.
read_uptime() {
  read -r uptime _ </proc/uptime
  uptime=${uptime%.*}
}

# begin_time: from now on the controller waits for TIME_SECONDS.
begin_time() {
  read_uptime
  over_at=$((uptime + TIME_SECONDS))
}

# is_attended: whether someone still waits for what this script does. To a session that is over, a word cannot be written.
is_attended() {
  read_uptime
  [ "$uptime" -lt "$over_at" ] || return 1
  trap '' PIPE
  if echo waiting; then heard=yes; else heard=; fi
  trap - PIPE
  [ -n "$heard" ]
} 2>/dev/null

# lock SECONDS: waits for the other script for so long. False where the lock is still held then, or cannot be taken. The
# kernel ends it with its holder, and with the tools that this has started.
lock() {
  read_uptime
  give_up_at=$((uptime + $1))
  until try_lock; do
    read_uptime
    [ "$uptime" -lt "$give_up_at" ] || return 1
    sleep 0.1 2>/dev/null || sleep 1
  done
}

# try_lock: takes the lock, if it is free. A file that others may have opened is replaced.
try_lock() {
  case $(ls -ldn "$LOCK" 2>/dev/null) in
    '' | -rw-------*' 1 0 '*) ;;
    *) rm -rf "$LOCK" ;;
  esac
  { true >>"$LOCK"; } 2>/dev/null || return 1
  exec 9>>"$LOCK"
  # shellcheck disable=SC3013 # dash and busybox have -ef
  if flock -n 9 && [ /proc/self/fd/9 -ef "$LOCK" ]; then
    # For people who look for whoever holds it.
    { echo $$ >"$LOCK"; } 2>/dev/null
    return 0
  fi
  unlock
  return 1
}

# must_lock: or the answer is an error. Nobody may still wait for this script once it has waited.
must_lock() {
  lock "$LOCK_SECONDS" ||
    fail busy "the lock $LOCK was not free for $LOCK_SECONDS s. It was last taken by the process $(cat "$LOCK" 2>/dev/null) there: end it if it hangs"
  is_attended || fail busy 'the time for this was over before its turn came'
}

unlock() {
  exec 9>&-
}
