# shellcheck shell=sh
# Loads the door's rules and arms a dead-man timer before, which takes them back unless confirm.sh comes in time.
# The controller sets besides: DOCUMENT4 and DOCUMENT6 (both empty: take the door away), ROLLBACK (the timer's script),
# ROLLBACK_SECONDS, PATIENCE_SECONDS (how long to wait for another apply).

# settle: with the lock held, makes sure that no other transaction is pending.
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
      fail busy "an apply of $(cat "$PENDING/owner") is pending"
    else
      printf 'waiting %s\n' "$(cat "$PENDING/owner")"
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

# asked BEFORE DOCUMENT: the rules into which BEFORE, as held, turns with the document's door: its dispatchers, and the
# chains of the door. Where another door has one of its ports, and the same packets pass there: `conflict`, the port, and
# that door's name.
asked() {
  printf '%s\n' "$1" -- "$2" | awk -v id="$ID" -v dispatchers="$DISPATCHERS" '
    function word(option,  i) { for (i = 1; i < NF; i++) if ($i == option) return $(i + 1); return "" }
    function after(text) { sub(/^.*--comment "portknock /, "", text); sub(/" .*$/, "", text); return text }
    function note_ports(  ports, bounds, count, p) {
      count = split(word("--dport") word("--dports") word("--ctorigdstport"), ports, ",")
      for (p = 1; p <= count; p++) {
        if (split(ports[p], bounds, ":") == 1) bounds[2] = bounds[1]
        n++; side[n] = own; is_here[n] = $2 == "PORTKNOCK"; protocol[n] = word("-p"); text[n] = ports[p]
        first[n] = bounds[1] + 0; last[n] = bounds[2] + 0; door[n] = after($0)
      }
    }
    $0 == "--" { own = 1; next }
    own && /^:PK-/ { rules[++count] = $1 }
    own && /^-A PK-/ { rules[++count] = $0 }
    !/^-A PORTKNOCK/ { next }
    # Before the dispatcher has flows: what is not connection tracking.
    $3 == "!" && $4 == "-p" { if (!($2 in pings) || own && !is_own[$2]++) pings[$2] = $0 }
    !own && index($0, id) { next }
    $NF ~ /^(ACCEPT|RETURN)$/ { note_ports() }
    /--comment "portknock [0-9a-f]+" -j (ACCEPT|RETURN)$/ {
      flows[$2] = flows[$2] $0 "\n"
      way = $0
      if (sub(/ -m conntrack --ctstate RELATED,ESTABLISHED .*/, " -g PK-" after($0), way)) ways[$2] = ways[$2] way "\n"
    }
    word("-j") ~ /^PK-/ { owner[substr(word("-j"), 4)] = after($0) }
    $NF ~ /^PK-[0-9a-f]+(-knock)?$/ && $(NF - 1) == "-j" { jumps[$2] = jumps[$2] $0 "\n"; jump_count[$2]++ }
    END {
      for (a = 1; a <= n; a++) for (b = 1; b <= n; b++)
        if (side[a] && !side[b] && is_here[a] == is_here[b] && protocol[a] == protocol[b] &&
            first[a] <= last[b] && first[b] <= last[a]) {
          print "conflict " protocol[a] "/" text[a] " belongs to the door " owner[door[b]]
          exit
        }
      split(dispatchers, names, " ")
      for (i = 1; i in names; i++) if ((name = names[i]) in jumps) {
        printf "%s", ":" name "\n" flows[name] (name in pings ? pings[name] "\n" : "")
        # With several doors, packets for the port of one go straight to it: for the others they are no knocks.
        printf "%s", (jump_count[name] > 1 ? ways[name] : "") jumps[name]
      }
      for (i = 1; i <= count; i++) print rules[i]
    }'
}

# suit: refuses a host on which the rules would go where nobody looks for them, or be flushed unseen.
suit() {
  for family in $FAMILIES; do
    ! may_skip "$family" || continue
    tool=$(tool_of "$family")
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
    note "rollback-$TX.sh" "$ROLLBACK" && note door "$ID" && note owner "$OWNER" && note remove.sh "$REMOVE"
}

# note NAME TEXT: writes what a rollback needs. False where the disk is full.
note() {
  printf '%s\n' "$2" >"$PENDING/$1"
} 2>/dev/null

# abandon CODE TEXT: nothing was changed yet.
abandon() {
  forget
  disarm "$unit" "$timer"
  fail "$1" "$2"
}

# give_up CODE TEXT: leaves the host as it was found; where that fails, the timer does it.
give_up() {
  roll_back 2>/dev/null || left
  fail "$1" "$2"
}

# read_tables: sets BEFORE4 and BEFORE6 to what is held, before anything is armed. Where that cannot be read, a door is
# only taken away, by what is known of it. FAMILIES are then those that count.
read_tables() {
  readable=
  kept=
  for family in $FAMILIES; do
    if before=$(held "$family"); then
      # Where nothing of ours is or will be, nothing has to work.
      [ -n "$before" ] || ! may_skip "$family" || continue
      readable="$readable $family"
    elif may_skip "$family"; then
      continue
    else
      before=$(stored "$family")
      case $DOCUMENT4$DOCUMENT6$before in
        *"*filter"*) before= ;;
        *"PK-$ID"*) ;;
        # An update or an abort may have it gone in this family already.
        *) grep -q "PK-$ID" "$ETC/rules" 2>/dev/null && [ -n "$before" ] || before= ;;
      esac
      [ -n "$before" ] || fail host-unfit "$(unreadable "$family")"
    fi
    kept=$kept${kept:+ }$family
    if [ "$family" = 6 ]; then BEFORE6=$before; else BEFORE4=$before; fi
  done
  FAMILIES=$kept
}

is_readable() {
  case "$readable " in *" $1 "*) return 0 ;; esac
  return 1
}

# plan FAMILY BEFORE DOCUMENT: notes what is held, and sets `after` to the rules with the document's door, and `planned` to
# what turns the one into the other.
plan() {
  after=$(asked "$2" "$3") || abandon script "the IPv$1 rules could not be computed"
  case $after in 'conflict '*) abandon conflict "${after#conflict }" ;; esac
  { note "before$1" "$2" && note "loaded$1" "$(printf '%s\n' "$after" | grep '^:')"; } ||
    abandon host-unfit "there is no room in $RUN"
  if has_line "$3" ':PORTKNOCK-DOCKER-USER - [0:0]'; then
    saved=$(save "$1") || abandon host-unfit "$(unreadable "$1")"
    case $saved in *"$NEWLINE:DOCKER-USER "*) ;; *)
      abandon host-unfit "IPv$1 has no chain DOCKER-USER: start Docker (for IPv6 with its ip6tables option), or leave the family out"
      ;;
    esac
  fi
  planned=$(transition "$2" "$after") || abandon script "the IPv$1 rules could not be computed"
}

# note_known: what will be stored once a door was taken away, for a confirm that cannot read it.
note_known() {
  known=
  for family in $FAMILIES; do
    if [ "$family" = 6 ]; then rest=$(remaining "$BEFORE6" "$AFTER6"); else rest=$(remaining "$BEFORE4" "$AFTER4"); fi
    rest=$(printf '%s\n' "$rest" | sed "s/^./$family &/")
    [ -z "$rest" ] || known=$known${known:+$NEWLINE}$rest
  done
  note known "$known"
}

# must_be_pending: the timer may have struck while this script was slow, or was stopped; and a controller that is gone does
# not want it any more. Where rules were loaded already, they are taken back.
must_be_pending() {
  is_pending tx || give_up busy 'it took so long that the timer has taken the change back'
}

# lacking TEXT: the match or target that iptables-restore names as missing, in its library or in the kernel.
lacking() {
  printf '%s\n' "$1" | sed -nE \
    -e "s/.*Couldn't load (match|target) .([A-Za-z0-9_]*)'.*/\2/p" \
    -e 's/.*Extension ([A-Za-z0-9_]*) revision.*not supported.*/\1/p' | head -n 1
}

# load FAMILY [OPTION]: gives the firewall what was planned.
load() {
  if ! is_readable "$1"; then
    [ "$#" -gt 1 ] || load_by_name "$1"
    return
  fi
  if [ "$1" = 6 ]; then planned=$PLANNED6; else planned=$PLANNED4; fi
  give "$@"
}

# load_anew FAMILY: the same, once all lists of the door are gone, so that whoever holds one open reads nothing more. Until
# the second document comes, no grant opens the door. Grants and stages are lost.
load_anew() {
  is_readable "$1" || { load "$1"; return; }
  if [ "$1" = 6 ]; then after=$AFTER6; else after=$AFTER4; fi
  for rules in "$(without_lists "$after")" "$after"; do
    before=$(held "$1") || give_up host-unfit "$(unreadable "$1")"
    planned=$(transition "$before" "$rules") || give_up script "the IPv$1 rules could not be computed"
    give "$1"
  done
}

# give FAMILY [OPTION]: what is `planned`.
give() {
  must_be_pending
  problem=$(printf '%s\n' "$planned" | restore "$@" 2>&1) && return
  lacks=$(lacking "$problem")
  [ -z "$lacks" ] ||
    give_up host-unfit "IPv$1: iptables or the kernel lacks $lacks"
  give_up refused "IPv$1: $problem"
}

load_by_name() {
  must_be_pending
  if [ "$1" = 6 ]; then
    problem=$(by_name 6 "$BEFORE6" "$AFTER6" 2>&1) && return
  else
    problem=$(by_name 4 "$BEFORE4" "$AFTER4" 2>&1) && return
  fi
  give_up refused "$(unreadable "$1"), and the rules could not be taken away by their names: $problem"
}

# settle_slots FAMILY BEFORE: a source half way through one sequence must not be half way through another. Only where the
# rules of a slot's stages are still the same, it is the same sequence, and everyone stays where they are.
settle_slots() {
  lists="pk$1-$ID-"
  # No rule named them before, so they are new.
  case $2 in *"--name $lists"*) ;; *) return ;; esac
  for slot in $(printf '%s\n' "$2" -- "$(held "$1")" | awk -v lists="$lists" '
    function note(slot) { if ($0 ~ "--name " lists slot "[0-9]") rules[now, slot, ++count[now, slot]] = $0 }
    function compare(slot,  i) {
      for (i = 1; i <= count[0, slot] || i <= count[1, slot]; i++)
        if (rules[0, slot, i] != rules[1, slot, i]) { print lists slot; return }
    }
    BEGIN { now = 0 }
    $0 == "--" { now = 1 }
    { note(""); note("b") }
    END { compare(""); compare("b") }'); do
    for list in /proc/net/xt_recent/"$slot"[0-9]*; do
      [ ! -e "$list" ] || echo / >"$list"
    done
  done
}

main() {
  begin
  fit
  suit
  if [ -n "$DOCUMENT6" ] && [ -z "$DOCUMENT4" ]; then
    case $FAMILIES in *6*) ;; *) fail host-unfit 'the door is for IPv6 alone, and this host has no IPv6' ;; esac
  fi
  begin_time
  must_lock
  settle
  is_attended || fail busy 'the time for this was over before its turn came'
  read_tables
  arm || abandon script 'the dead-man timer could not be armed'
  PLANNED6=
  for family in $FAMILIES; do
    if [ "$family" = 6 ]; then
      plan 6 "$BEFORE6" "$DOCUMENT6"
      PLANNED6=$planned
      AFTER6=$after
    else
      plan 4 "$BEFORE4" "$DOCUMENT4"
      PLANNED4=$planned
      AFTER4=$after
    fi
  done
  [ -n "$DOCUMENT4$DOCUMENT6" ] || note_known || abandon host-unfit "there is no room in $RUN"
  note tx "$TX" || abandon host-unfit "there is no room in $RUN"
  for family in $FAMILIES; do load "$family" --test; done
  # The test has loaded the modules.
  hide_lists
  load=load
  if are_open "$ID-" && are_hidden; then load=load_anew; fi
  is_attended || give_up busy 'the time for this was over before its turn came'
  for family in $FAMILIES; do "$load" "$family"; done
  close_lists "$ID-"
  for family in $FAMILIES; do
    if [ "$family" = 6 ]; then settle_slots 6 "$BEFORE6"; else settle_slots 4 "$BEFORE4"; fi
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
  prime
  must_be_pending
  echo applied
  echo "client $client"
  finish
}

main "${1:-${SSH_CLIENT-}}"
