# shellcheck shell=sh
# What the dead-man timer runs: takes back what was not confirmed in time, completes what was, and removes what a dead
# script left.

# The timer has fired; stopping it would end this script.
disarm() {
  return 0
}

main() {
  lock || exit 1
  if is_pending tx; then
    until roll_back; do sleep 1; done
  elif is_pending confirmed; then
    fit
    conclude
  elif [ ! -e "$PENDING/tx" ]; then
    forget
  fi
}

main
