# shellcheck shell=sh
# Puts a door on a host of the world beside those that it has, with the very lines that apply.sh would load. Follows
# the functions of apply.sh, with ID, DOCUMENT4, DOCUMENT6, and VARIANT (nft, legacy).

save() {
  if [ "$1" = 6 ]; then "ip6tables-$VARIANT-save" -t filter; else "iptables-$VARIANT-save" -t filter; fi
}

restore() {
  if [ "$1" = 6 ]; then "ip6tables-$VARIANT-restore" --noflush; else "iptables-$VARIANT-restore" --noflush; fi
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
FAMILIES='4 6' BEFORE4=$(held 4) BEFORE6=$(held 6)
plan_all
# shellcheck disable=SC2154 # set by plan_all
printf '%s\n' "$PLANNED4" | restore 4 && printf '%s\n' "$PLANNED6" | restore 6
