# shellcheck shell=sh
# Loads the door's rules and arms a dead-man timer before, which takes them back unless confirm.sh comes in time.
# The controller sets besides: DOCUMENT4 and DOCUMENT6 (both empty: take the door away), ROLLBACK (the timer's script),
# ROLLBACK_SECONDS, PATIENCE_SECONDS (how long to wait for another apply).

# settle: with the lock held, makes sure that no other transaction is pending.
settle() {
  waited=0
  while [ -e "$PENDING" ]; do
    if [ ! -e "$PENDING/tx" ]; then
      # An apply died before it had changed anything, or after its confirm.
      disarm
      forget
    elif [ "$(cat "$PENDING/door")" = "$ID" ] || ! timer_alive; then
      # An apply of this door died before its confirm, or one before its timer was armed.
      roll_back || fail script 'an earlier apply could not be rolled back'
    elif [ "$waited" -ge "$PATIENCE_SECONDS" ]; then
      fail busy "an apply of $(cat "$PENDING/owner") is pending"
    else
      unlock
      sleep 1
      waited=$((waited + 1))
      lock
    fi
  done
}

# dispatcher FROM DOCUMENT: the dispatcher's rules, with those of this door taken from the document.
dispatcher() {
  accepts='^-A PORTKNOCK .*--comment "portknock [0-9a-f]{10}" -j ACCEPT$'
  jumps="^-A PORTKNOCK .* -j $DOOR\$"
  { grep -E "$jumps" "$1" | grep -v "PK-$ID\$"; grep -E "$jumps" "$2"; } >"$PENDING/jumps"
  [ -s "$PENDING/jumps" ] || return 0
  echo ':PORTKNOCK'
  grep -E "$accepts" "$1" | grep -v "\"portknock $ID\""
  grep -E "$accepts" "$2"
  cat "$2" "$1" | grep '^-A PORTKNOCK ! -p ' | head -n 1
  cat "$PENDING/jumps"
}

# conflict FROM DOCUMENT: a port of the document's door that another door has, and that door's name.
conflict() {
  { sed -n 's/^-A PORTKNOCK/other/p' "$1" | grep -v "$ID"; sed -n 's/^-A PORTKNOCK/own/p' "$2"; } | awk '
    function word(option,  i) { for (i = 1; i < NF; i++) if ($i == option) return $(i + 1); return "" }
    function after(text) { sub(/^.*--comment "portknock /, "", text); sub(/" .*$/, "", text); return text }
    $NF == "ACCEPT" {
      count = split(word("--dport") word("--dports"), ports, ",")
      for (p = 1; p <= count; p++) {
        if (split(ports[p], bounds, ":") == 1) bounds[2] = bounds[1]
        n++; side[n] = $1; protocol[n] = word("-p"); text[n] = ports[p]
        first[n] = bounds[1] + 0; last[n] = bounds[2] + 0; id[n] = after($0)
      }
    }
    word("-j") ~ /^PK-/ { owner[substr(word("-j"), 4)] = after($0) }
    END {
      for (a = 1; a <= n; a++) for (b = 1; b <= n; b++)
        if (side[a] == "own" && side[b] == "other" && protocol[a] == protocol[b] && first[a] <= last[b] && first[b] <= last[a]) {
          print protocol[a] "/" text[a] " belongs to the door " owner[id[b]]
          exit
        }
    }'
}

# arm: starts the timer, away from this session, and makes sure that it runs.
arm() {
  printf '%s\n' "$ROLLBACK" >"$PENDING/rollback.sh"
  if [ -d /run/systemd/system ]; then
    unit="portknock-rollback-$TX"
    echo "$unit" >"$PENDING/unit"
    systemd-run --quiet --collect --unit="$unit" --on-active="$ROLLBACK_SECONDS" \
      --timer-property=AccuracySec=100ms /bin/sh "$PENDING/rollback.sh" now 9>&- >/dev/null 2>&1 || return 1
  else
    setsid sh "$PENDING/rollback.sh" later </dev/null >/dev/null 2>&1 9>&- &
    tries=0
    until [ -s "$PENDING/pid" ]; do
      [ "$tries" -lt 50 ] || return 1
      tries=$((tries + 1))
      sleep 0.1 2>/dev/null || sleep 1
    done
  fi
  timer_alive
}

# abandon CODE TEXT: nothing was changed yet.
abandon() {
  forget
  fail "$1" "$2"
}

# give_up CODE TEXT: leaves the host as it was found; where that fails, the timer does it.
give_up() {
  roll_back 2>/dev/null || echo 'timer left'
  fail "$1" "$2"
}

main() {
  begin
  fit
  lock
  settle
  mkdir -p "$PENDING"
  printf '%s' "$ID" >"$PENDING/door"
  printf '%s' "$OWNER" >"$PENDING/owner"
  for family in $FAMILIES; do
    if [ "$family" = 6 ]; then document=$DOCUMENT6; else document=$DOCUMENT4; fi
    printf '%s\n' "$document" | grep -E '^(:|-A )' | sed 's/^\(:[^ ]*\) .*/\1/' >"$PENDING/door$family"
    held "$family" >"$PENDING/before$family" || abandon host-unfit "the IPv$family filter table cannot be read"
    taken=$(conflict "$PENDING/before$family" "$PENDING/door$family")
    [ -z "$taken" ] || abandon conflict "$taken"
    {
      dispatcher "$PENDING/before$family" "$PENDING/door$family"
      grep -E '^(:|-A )PK-' "$PENDING/door$family"
    } >"$PENDING/after$family"
    transition "$PENDING/before$family" "$PENDING/after$family" >"$PENDING/load$family"
  done
  printf '%s' "$TX" >"$PENDING/tx"
  arm || give_up script 'the dead-man timer could not be armed'
  for family in $FAMILIES; do
    problem=$(restore "$family" --test <"$PENDING/load$family" 2>&1) || give_up refused "IPv$family: $problem"
  done
  for family in $FAMILIES; do
    problem=$(restore "$family" <"$PENDING/load$family" 2>&1) || give_up refused "IPv$family: $problem"
  done
  # A source half way through the old sequence must not be half way through the new one.
  for list in /proc/net/xt_recent/pk[46]-"$ID"-[0-9]*; do
    [ ! -e "$list" ] || echo / >"$list"
  done
  # The controller is about to prove that the door is closed: the grant by which it got in must not open it.
  client=${1%% *}
  for list in /proc/net/xt_recent/pk[46]-"$ID"-open; do
    [ ! -e "$list" ] || [ -z "$client" ] || echo "-$client" >"$list" 2>/dev/null
  done
  echo applied
  finish
}

main "${1-}"
