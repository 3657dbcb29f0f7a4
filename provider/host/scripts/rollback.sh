# shellcheck shell=sh
# The dead-man timer's script: `later` sleeps first, `now` does not. Does nothing once the transaction was confirmed.

main() {
  if [ "${1-now}" = later ]; then
    trap '' HUP
    echo $$ >"$PENDING/pid"
    sleep "$ROLLBACK_SECONDS"
  fi
  lock
  [ "$(cat "$PENDING/tx" 2>/dev/null)" = "$TX" ] || exit 0
  until roll_back; do sleep 1; done
}

main "$@"
