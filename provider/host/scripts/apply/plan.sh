# shellcheck shell=sh
# What the host holds, and what turns that into what is asked for.
# The controller sets: DOCUMENT4 and DOCUMENT6 (both empty: the door goes).

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

# merge_door FAMILY [yes]: the rules into which those that are held turn with the door of the family's document; with yes, as
# the document that turns them so. Or `conflict`, a port, and the name of the door that has it.
merge_door() {
  if [ "$1" = 6 ]; then printf '%s\n' "$BEFORE6" -- "$DOCUMENT6"; else printf '%s\n' "$BEFORE4" -- "$DOCUMENT4"; fi |
    awk -v id="$ID" -v dispatchers="$DISPATCHERS" -v as_document="${2-}" "$CHAINS_AWK$DOCUMENT_AWK$MERGE_DOOR_AWK"
}

# plan_all: sets PLANNED4 and PLANNED6 to what turns the rules that are held into those with the documents' door.
# shellcheck disable=SC2034 # read by load.sh
plan_all() {
  PLANNED4=
  PLANNED6=
  for family in $FAMILIES; do
    if [ "$family" = 6 ]; then
      PLANNED6=$(merge_door 6 yes) || fail_uncomputed 6
      note_plan 6 "$BEFORE6" "$PLANNED6" "$DOCUMENT6"
    else
      PLANNED4=$(merge_door 4 yes) || fail_uncomputed 4
      note_plan 4 "$BEFORE4" "$PLANNED4" "$DOCUMENT4"
    fi
  done
  [ -n "$DOCUMENT4$DOCUMENT6" ] || note_known || fail_without_room
}

# note_plan FAMILY BEFORE PLANNED DOCUMENT: notes for a rollback what is held and what will be loaded, where that can be.
note_plan() {
  case $3 in 'conflict '*) fail_untouched conflict "${3#conflict }" ;; esac
  { note "before$1" "$2" && note "loaded$1" "$(chains_of "$3")"; } || fail_without_room
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
    after=$(merge_door "$family") || fail_uncomputed "$family"
    if [ "$family" = 6 ]; then rest=$(remaining 6 "$BEFORE6" "$after"); else rest=$(remaining 4 "$BEFORE4" "$after"); fi
    [ -z "$rest" ] || known=$known${known:+$NEWLINE}$rest
  done
  note known "$known"
}

# remaining FAMILY BEFORE AFTER: the rules of all doors, as held, once this door is gone: AFTER has the dispatchers, BEFORE
# the other doors. A line each after the number of the family.
remaining() {
  printf '%s\n' "$2" -- "$3" | awk -v id="$ID" -v prefix="$1 " "$CHAINS_AWK$REMAINING_AWK"
}

fail_uncomputed() {
  fail_untouched script "the IPv$1 rules could not be computed"
}

fail_without_room() {
  fail_untouched host-unfit "there is no room in $RUN"
}
