# shellcheck shell=sh
# What the host holds, and what turns that into what is asked for.
# The controller sets: DOCUMENT4 and DOCUMENT6 (both empty: the door goes from iptables).

# read_tables: before anything is armed. Sets BEFORE4 and BEFORE6 to what is held, FAMILIES to those that count, and
# `readable` to those of them that can be read. Where one cannot, a door is only taken away, by what is known of it.
read_tables() {
  readable=
  kept=
  for family in $FAMILIES; do
    if held "$family"; then
      before=$OWNED
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

# merge_door FAMILY BEFORE DOCUMENT: the rules into which BEFORE, as held, turns with the document's door; or `conflict`, a
# port, and the name of the door that has it.
merge_door() {
  printf '%s\n' "$2" -- "$3" |
    awk -v id="$ID" -v family="$1" -v dispatchers="$DISPATCHERS" "$CHAINS_AWK$SHARED_AWK$MERGE_DOOR_AWK"
}

# plan_all: sets, by family, AFTER4 and AFTER6 to the rules with the document's door, and PLANNED4 and PLANNED6 to what
# turns what is held into them.
# shellcheck disable=SC2034 # read by load.sh
plan_all() {
  PLANNED4=
  PLANNED6=
  for family in $FAMILIES; do
    if [ "$family" = 6 ]; then
      AFTER6=$(merge_door 6 "$BEFORE6" "$DOCUMENT6") || fail_uncomputed 6
      note_plan 6 "$BEFORE6" "$AFTER6" "$DOCUMENT6"
      PLANNED6=$(transition "$ID" "$BEFORE6" "$AFTER6") || fail_uncomputed 6
    else
      AFTER4=$(merge_door 4 "$BEFORE4" "$DOCUMENT4") || fail_uncomputed 4
      note_plan 4 "$BEFORE4" "$AFTER4" "$DOCUMENT4"
      PLANNED4=$(transition "$ID" "$BEFORE4" "$AFTER4") || fail_uncomputed 4
    fi
  done
  # shellcheck disable=SC2153 # apply/nft.sh sets it
  [ -z "$NFT" ] || note beforen "$BEFOREN" || fail_without_room
  [ -n "$DOCUMENT4$DOCUMENT6$DOCUMENTN" ] || note_known || fail_without_room
}

# must_be_free: or the answer is an error: a port has one door, whichever backend holds it. Of iptables alone merge_door.awk asks.
must_be_free() {
  [ -n "$NFT" ] || return 0
  taken=$({
    [ -z "${BEFORE4-}" ] || printf '%s\n' "$BEFORE4" | sed 's/^/4 /'
    [ -z "${BEFORE6-}" ] || printf '%s\n' "$BEFORE6" | sed 's/^/6 /'
    printf '%s\n' "${BEFOREN-}" -- "$DOCUMENT4" "$DOCUMENT6" "$DOCUMENTN"
  } | awk -v id="$ID" "$CLAIMS_AWK")
  [ -z "$taken" ] || fail conflict "$taken"
}

# note_plan FAMILY BEFORE AFTER DOCUMENT: notes for a rollback what is held and what will be loaded, where that can be.
note_plan() {
  case $3 in 'conflict '*) fail_untouched conflict "${3#conflict }" ;; esac
  chains_of "$3"
  # shellcheck disable=SC2154 # chains_of sets it
  { note "before$1" "$2" && note "loaded$1" "$chains"; } || fail_without_room
  has_line "$4" ':PORTKNOCK-DOCKER-USER - [0:0]' || return 0
  save "$1" || fail_untouched host-unfit "$(unreadable "$1")"
  case $SAVED in *"$NEWLINE:DOCKER-USER "*) ;; *)
    fail_untouched host-unfit "IPv$1 has no chain DOCKER-USER: start Docker (for IPv6 with its ip6tables option), or leave the family out"
    ;;
  esac
}

# note_known: notes what will be stored once a door was taken away, for a confirm that cannot read it.
note_known() {
  known=
  for family in $FAMILIES; do
    if [ "$family" = 6 ]; then rest=$(rules_beside "6 " "$BEFORE6" "$AFTER6"); else rest=$(rules_beside "4 " "$BEFORE4" "$AFTER4"); fi
    [ -z "$rest" ] || known=$known${known:+$NEWLINE}$rest
  done
  # shellcheck disable=SC2153 # apply/nft.sh sets it
  [ -z "$NFT" ] || known=$AFTERN${AFTERN:+${known:+$NEWLINE}}$known
  note known "$known"
}

# rules_beside PREFIX BEFORE AFTER: the rules of all doors but this one: AFTER has the chains that all share, BEFORE the other
# doors. A line each after the prefix.
rules_beside() {
  printf '%s\n' "$2" -- "$3" | awk -v id="$ID" -v prefix="$1" "$CHAINS_AWK$REMAINING_AWK"
}

fail_uncomputed() {
  fail_untouched script "the IPv$1 rules could not be computed"
}

fail_without_room() {
  fail_untouched host-unfit "there is no room in $RUN"
}
