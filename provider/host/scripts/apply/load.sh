# shellcheck shell=sh
# Gives the firewall what was planned.

# lacking TEXT: the match or target that iptables-restore names as missing, in its library or in the kernel.
lacking() {
  printf '%s\n' "$1" | sed -nE \
    -e "s/.*Couldn't load (match|target) .([A-Za-z0-9_]*)'.*/\2/p" \
    -e 's/.*Extension ([A-Za-z0-9_]*) revision.*not supported.*/\1/p' | head -n 1
}

# load_all: gives nftables and iptables what was planned: the one that gets the door first, so that no port is open meanwhile.
load_all() {
  is_attended || fail_rolled_back busy 'the time for this was over before its turn came'
  [ -z "$DOCUMENTN" ] || load_nft
  [ -z "$FAMILIES" ] || load_iptables
  [ -z "$NFT" ] || [ -n "$DOCUMENTN" ] || load_nft
}

# load_iptables: gives the firewall of each family what was planned. No family is changed before what the others get is known
# to load: the first is changed in one transaction that loads it all or nothing, so only the others are tested before.
load_iptables() {
  hide_lists
  plan_anew
  how=load
  [ -z "$ANEW" ] || how=load_anew
  tested=${FAMILIES#"${FAMILIES%% *}"}
  # Two documents that depend on each other need a test, and so does one whose lists would be open to others as they are
  # made: the test loads the modules, and then their folders can be closed.
  if [ "$how" = load_anew ] || ! are_there "$PLANNED4$PLANNED6"; then
    tested=$FAMILIES
  fi
  for family in $tested; do load "$family" --test; done
  [ "$tested" != "$FAMILIES" ] || hide_lists
  is_attended || fail_rolled_back busy 'the time for this was over before its turn came'
  for family in $FAMILIES; do "$how" "$family"; done
  if [ "$ANEW" = all ]; then close_lists ''; else close_lists "$ID-"; fi
}

# load FAMILY [OPTION]: gives the firewall what was planned.
load() {
  if ! is_readable "$1"; then
    [ "$#" -gt 1 ] || load_by_name "$1"
  elif [ "$1" = 6 ]; then
    give "$PLANNED6" "$@"
  else
    give "$PLANNED4" "$@"
  fi
}

# give DOCUMENT FAMILY [OPTION]
give() {
  must_be_pending
  problem=$(restore "$2" "$1" ${3+"$3"} 2>&1) && return
  lacks=$(lacking "$problem")
  [ -z "$lacks" ] ||
    fail_rolled_back host-unfit "IPv$2: iptables or the kernel lacks $lacks"
  fail_rolled_back refused "IPv$2: $problem"
}

load_by_name() {
  must_be_pending
  if [ "$1" = 6 ]; then
    problem=$(by_name "$ID" 6 "$BEFORE6" "$AFTER6" 2>&1) && return
  else
    problem=$(by_name "$ID" 4 "$BEFORE4" "$AFTER4" 2>&1) && return
  fi
  fail_rolled_back refused "$(unreadable "$1"), and the rules could not be taken away by their names: $problem"
}

# settle_lists: a source half way through one sequence must not be half way through another, and wrong knocks are counted
# anew: to the rules before, the new sequence may have been wrong.
settle_lists() {
  if [ -n "$DOCUMENT4$DOCUMENT6" ]; then
    for family in $FAMILIES; do
      if [ "$family" = 6 ]; then settle_slots 6 "$BEFORE6"; else settle_slots 4 "$BEFORE4"; fi
    done
  fi
  # A grant of a whole network cannot be taken from one address of it.
  empty_lists /proc/net/xt_recent/pk[46]-"$ID"-wrong* /proc/net/xt_recent/pk[46]-"$ID"-deaf* \
    /proc/net/xt_recent/pk[46]-"$ID"-open-*
}

# settle_slots FAMILY BEFORE: only where the rules of a slot's stages are still the same, it is the same sequence, and
# everyone stays where they are.
settle_slots() {
  lists="pk$1-$ID-"
  # No rule named them before, so they are new.
  case $2 in *"--name $lists"*) ;; *) return ;; esac
  save "$1"
  for slot in $(printf '%s\n' "$2" -- "$SAVED" | awk -v lists="$lists" "$SLOTS_AWK"); do
    empty_lists /proc/net/xt_recent/"$slot"[0-9]*
  done
}

# empty_lists FILE...
empty_lists() {
  for list in "$@"; do
    [ ! -e "$list" ] || echo / >"$list"
  done
}
