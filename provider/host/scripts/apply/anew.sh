# shellcheck shell=sh
# Lists that have to be made anew: a list lasts as long as rules name it, and only then can another take its place.

# plan_anew: sets ANEW to `all` where the lists of all doors are to be made anew, to `own` where this door's are, else to
# nothing.
plan_anew() {
  ANEW=
  ! { are_open "$ID-" && are_hidden; } || ANEW=own
  # A one-time token does not outlive its list.
  has_any /proc/net/xt_recent/pk[46]-*-t* || for family in $FAMILIES; do
    ! is_late "$family" || ANEW=all
  done
  [ "$ANEW" != all ] || note anew yes || fail_rolled_back host-unfit "there is no room in $RUN"
}

# is_late FAMILY: whether the list that every packet asks for would be made after those of doors that are there, as of a
# release without it: the kernel looks a list up by walking the names of all that were made before it
# (net/netfilter/xt_recent.c: recent_table_lookup).
is_late() {
  if [ "$1" = 6 ]; then wanted=$AFTER6; else wanted=$AFTER4; fi
  case $wanted in *"--name pk$1-known "*) ;; *) return 1 ;; esac
  [ ! -e "/proc/net/xt_recent/pk$1-known" ] && has_any /proc/net/xt_recent/pk"$1"-*
}

# has_any FILE...: whether there is one. Of a pattern that nothing fits, the shell gives the pattern.
has_any() {
  [ -e "$1" ]
}

# load_anew FAMILY: the same, once all lists of the door (with `all`, of all doors) are gone, so that whoever holds one open
# reads nothing more, and the new ones are made in order. Until the second document comes, no grant opens the door. Grants
# and stages are lost.
load_anew() {
  is_readable "$1" || { load "$1"; return; }
  if [ "$1" = 6 ]; then wanted=$AFTER6 before=$BEFORE6; else wanted=$AFTER4 before=$BEFORE4; fi
  door=$ID
  if [ "$ANEW" = all ]; then
    door=
    wanted=$(rules_beside '' "$before" "$wanted" && printf '%s\n' "$wanted" | grep -E "^(:|-A )PK-$ID") ||
      fail_rolled_back script "the IPv$1 rules could not be computed"
  fi
  for rules in "$(without_lists "$wanted")" "$wanted"; do
    held "$1" || fail_rolled_back host-unfit "$(unreadable "$1")"
    document=$(transition "$door" "$OWNED" "$rules") ||
      fail_rolled_back script "the IPv$1 rules could not be computed"
    give "$document" "$1"
  done
}
