# shellcheck shell=sh
# Puts a door on a host of the world beside those that it has, with the very lines that apply.sh would load. Follows
# the functions of apply.sh, with ID, DOCUMENT4, DOCUMENT6, and VARIANT (nft, legacy).

# name_tool FAMILY: the tools of the variant.
name_tool() {
  # shellcheck disable=SC2034 # read by save and restore
  if [ "$1" = 6 ]; then TOOL=ip6tables-$VARIANT; else TOOL=iptables-$VARIANT; fi
}

# shellcheck disable=SC2317 # called by plan_all
note() {
  return 0
}

# shellcheck disable=SC2317 # called by plan_all
fail_untouched() {
  echo "$1: $2" >&2
  exit 1
}

# shellcheck disable=SC2034 # read by plan_all
FAMILIES='4 6'
# shellcheck disable=SC2034 # read by plan_all
held 4 && BEFORE4=$OWNED && held 6 && BEFORE6=$OWNED || exit 1
plan_all
# shellcheck disable=SC2154 # set by plan_all
restore 4 "$PLANNED4" && restore 6 "$PLANNED6"
