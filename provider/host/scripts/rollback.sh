# shellcheck shell=sh
# What the dead-man timer runs: takes back what was not confirmed in time, completes what was, and removes what a dead
# script left.

# The timer has fired: `forget` needs to stop none.
# shellcheck disable=SC2034 # read by lib/transaction.sh
IS_TIMER=yes
# shellcheck disable=SC2034 # read by lib/host.sh
BACKEND=noted

# Whoever has the lock may hang, so the rules are put back without it, and soon, rather than never. That is safe, since one rename
# decides: a confirm comes before it, or not at all; an apply that is still loading sees it before and after each load, and
# takes back what it has loaded. Nothing is forgotten yet: this runs again until it has the lock, and then no other runs.
main() {
  if ! lock 3; then
    if is_pending back || { is_pending tx && claim; }; then put_back; fi
    exit 1
  fi
  if is_pending tx || is_pending back; then
    until roll_back; do sleep 1; done
  elif is_pending confirmed; then
    require_tools
    conclude
  elif is_over; then
    forget
  fi
}

main
