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

# dispatcher NAME FROM DOCUMENT: that dispatcher's rules, with those of this door taken from the document.
dispatcher() {
  flows=$(
    flow="^-A $1 .*--comment \"portknock [0-9a-f]{10}\" -j (ACCEPT|RETURN)\$"
    printf '%s\n' "$2" | grep -E "$flow" | grep -v "\"portknock $ID\""
    printf '%s\n' "$3" | grep -E "$flow"
  )
  jumps=$(
    jump="^-A $1 .* -j $DOOR(-knock)?\$"
    printf '%s\n' "$2" | grep -E "$jump" | grep -Ev "PK-$ID(-knock)?\$"
    printf '%s\n' "$3" | grep -E "$jump"
  )
  [ -n "$jumps" ] || return 0
  echo ":$1"
  [ -z "$flows" ] || printf '%s\n' "$flows"
  printf '%s\n' "$3" "$2" | grep "^-A $1 ! -p " | head -n 1
  # With several doors, packets for a door's port go straight to it: for the others they are no knocks.
  if [ "$(printf '%s\n' "$jumps" | wc -l)" -gt 1 ]; then
    printf '%s\n' "$flows" | sed -n 's/ -m conntrack --ctstate RELATED,ESTABLISHED .*"portknock \(.*\)" -j .*/ -g PK-\1/p'
  fi
  printf '%s\n' "$jumps"
}

# conflict FROM DOCUMENT: a port of the document's door that another door has where the same packets pass, and that
# door's name.
conflict() {
  {
    printf '%s\n' "$1" | sed -n 's/^-A \(PORTKNOCK\)/other \1/p' | grep -v "$ID"
    printf '%s\n' "$2" | sed -n 's/^-A \(PORTKNOCK\)/own \1/p'
  } | awk '
    function word(option,  i) { for (i = 1; i < NF; i++) if ($i == option) return $(i + 1); return "" }
    function after(text) { sub(/^.*--comment "portknock /, "", text); sub(/" .*$/, "", text); return text }
    $NF ~ /^(ACCEPT|RETURN)$/ {
      count = split(word("--dport") word("--dports") word("--ctorigdstport"), ports, ",")
      for (p = 1; p <= count; p++) {
        if (split(ports[p], bounds, ":") == 1) bounds[2] = bounds[1]
        n++; side[n] = $1; isHere[n] = $2 == "PORTKNOCK"; protocol[n] = word("-p"); text[n] = ports[p]
        first[n] = bounds[1] + 0; last[n] = bounds[2] + 0; id[n] = after($0)
      }
    }
    word("-j") ~ /^PK-/ { owner[substr(word("-j"), 4)] = after($0) }
    END {
      for (a = 1; a <= n; a++) for (b = 1; b <= n; b++)
        if (side[a] == "own" && side[b] == "other" && isHere[a] == isHere[b] && protocol[a] == protocol[b] &&
            first[a] <= last[b] && first[b] <= last[a]) {
          print protocol[a] "/" text[a] " belongs to the door " owner[id[b]]
          exit
        }
    }'
}

# suit: refuses a host on which the rules would go where nobody looks for them, or be flushed unseen.
suit() {
  for family in $FAMILIES; do
    tool=iptables
    [ "$family" = 4 ] || tool=ip6tables
    case "$(variant "$tool-save") $(variant "$tool-restore")" in
      'nf_tables legacy' | 'legacy nf_tables')
        fail host-unfit "$tool-save and $tool-restore are of different variants: choose one (Debian: update-alternatives)"
        ;;
    esac
  done
  [ "$(firewalld_reloads)" != flush ] ||
    fail host-unfit 'each reload of firewalld would take the door away unseen: have firewalld 2 there, with FirewallBackend=nftables'
}

# arm: starts the timer, away from this session, before there is anything that it would have to remove.
arm() {
  script=$PENDING/rollback-$TX.sh
  # As often as it takes, should it be killed; it is gone with the transaction.
  command="while [ -e $script ] && ! sh $script; do sleep 1; done; exec 9</run; flock 9; [ -e $PENDING/tx ] || rm -rf $RUN"
  unit=
  timer=
  if [ -d /run/systemd/system ]; then
    unit="portknock-rollback-$TX"
    systemd-run --quiet --collect --unit="$unit" --on-active="$ROLLBACK_SECONDS" \
      --timer-property=AccuracySec=100ms --property=Restart=on-failure --property=RestartSec=1s /bin/sh -c "$command" 9>&- >/dev/null 2>&1
  else
    setsid sh -c "trap '' HUP; sleep $ROLLBACK_SECONDS; $command" </dev/null >/dev/null 2>&1 9>&- &
    timer=$!
  fi
  tries=0
  until is_timer "$unit" "$timer"; do
    [ "$tries" -lt 50 ] || return 1
    tries=$((tries + 1))
    sleep 0.1 2>/dev/null || sleep 1
  done
  mkdir -p "$PENDING" && note unit "$unit" && note pid "$timer" &&
    note "rollback-$TX.sh" "$ROLLBACK" && note door "$ID" && note owner "$OWNER"
}

# note NAME TEXT: writes what a rollback needs. False where the disk is full.
note() {
  printf '%s\n' "$2" >"$PENDING/$1" && [ "$(cat "$PENDING/$1")" = "$(printf '%s\n' "$2")" ]
} 2>/dev/null

# abandon CODE TEXT: nothing was changed yet.
abandon() {
  forget
  disarm "$unit" "$timer"
  fail "$1" "$2"
}

# give_up CODE TEXT: leaves the host as it was found; where that fails, the timer does it.
give_up() {
  roll_back 2>/dev/null || echo 'timer left'
  fail "$1" "$2"
}

# plan FAMILY DOCUMENT: notes what is held, and sets `planned` to what turns it into the document's door.
plan() {
  before=$(held "$1") || abandon host-unfit "the IPv$1 filter table cannot be read"
  wanted=$(printf '%s\n' "$2" | grep -E '^(:|-A )' | sed 's/^\(:[^ ]*\) .*/\1/')
  taken=$(conflict "$before" "$wanted")
  [ -z "$taken" ] || abandon conflict "$taken"
  note "before$1" "$before" || abandon host-unfit "there is no room in $RUN"
  if printf '%s\n' "$wanted" | grep -q '^:PORTKNOCK-DOCKER-USER$' && ! has_docker_chain "$1"; then
    abandon host-unfit "IPv$1 has no chain DOCKER-USER: start Docker (for IPv6 with its ip6tables option), or leave the family out"
  fi
  after=$(
    for name in $DISPATCHERS; do dispatcher "$name" "$before" "$wanted"; done
    printf '%s\n' "$wanted" | grep -E '^(:|-A )PK-'
  )
  planned=$(transition "$before" "$after")
}

# lacking TEXT: the match or target that iptables-restore names as missing, in its library or in the kernel.
lacking() {
  printf '%s\n' "$1" | sed -nE \
    -e "s/.*Couldn't load (match|target) .([A-Za-z0-9_]*)'.*/\2/p" \
    -e 's/.*Extension ([A-Za-z0-9_]*) revision.*not supported.*/\1/p' | head -n 1
}

# load FAMILY [OPTION]: gives the firewall what was planned.
load() {
  if [ "$1" = 6 ]; then planned=$PLANNED6; else planned=$PLANNED4; fi
  problem=$(printf '%s\n' "$planned" | restore "$@" 2>&1) && return
  lacks=$(lacking "$problem")
  [ -z "$lacks" ] ||
    give_up host-unfit "IPv$1: iptables or the kernel lacks $lacks: install all of iptables (RHEL: iptables-nft) and of the kernel's modules (RHEL: kernel-modules-extra)"
  give_up refused "IPv$1: $problem"
}

# settle_slot FAMILY BEFORE NOW SLOT: a source half way through one sequence must not be half way through another. Only
# where the rules of the slot's stages are still the same, it is the same sequence, and everyone stays where they are.
settle_slot() {
  lists="pk$1-$ID-$4"
  [ "$(naming "$lists" "$2")" = "$(naming "$lists" "$3")" ] && return
  for list in /proc/net/xt_recent/"$lists"[0-9]*; do
    [ ! -e "$list" ] || echo / >"$list"
  done
}

# naming LISTS RULES: the rules that name a stage's list.
naming() {
  printf '%s\n' "$2" | grep -e "--name $1[0-9]"
}

main() {
  begin
  fit
  suit
  [ -z "$DOCUMENT6" ] || [ -n "$DOCUMENT4" ] || [ "$FAMILIES" != 4 ] ||
    fail host-unfit 'the door is for IPv6 alone, and this host has no IPv6'
  lock
  settle
  arm || abandon script 'the dead-man timer could not be armed'
  PLANNED6=
  for family in $FAMILIES; do
    if [ "$family" = 6 ]; then
      plan 6 "$DOCUMENT6"
      PLANNED6=$planned
    else
      plan 4 "$DOCUMENT4"
      PLANNED4=$planned
    fi
  done
  note tx "$TX" || abandon host-unfit "there is no room in $RUN"
  for family in $FAMILIES; do load "$family" --test; done
  for family in $FAMILIES; do load "$family"; done
  for family in $FAMILIES; do
    now=$(held "$family")
    for slot in '' b; do settle_slot "$family" "$(cat "$PENDING/before$family")" "$now" "$slot"; done
  done
  # Wrong knocks are counted anew: to the rules before, the new sequence may have been wrong. A grant of a whole network
  # cannot be taken from one address of it.
  for list in /proc/net/xt_recent/pk[46]-"$ID"-wrong* /proc/net/xt_recent/pk[46]-"$ID"-deaf* \
    /proc/net/xt_recent/pk[46]-"$ID"-open-*; do
    [ ! -e "$list" ] || echo / >"$list"
  done
  # The controller is about to prove that the door is closed: the grant by which it got in must not open it.
  client=${1%% *}
  revoke "$ID" "$client"
  echo applied
  echo "client $client"
  finish
}

main "${1-}"
