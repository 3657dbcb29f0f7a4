# shellcheck shell=sh
# Puts a door on a host of the world beside those that it has, with the very lines that apply.sh would load. Follows
# the functions of common.sh and apply.sh, with ID, DOCUMENT4, DOCUMENT6, and VARIANT (nft, legacy).

save() {
  if [ "$1" = 6 ]; then "ip6tables-$VARIANT-save" -t filter; else "iptables-$VARIANT-save" -t filter; fi
}

restore() {
  if [ "$1" = 6 ]; then "ip6tables-$VARIANT-restore" --noflush; else "iptables-$VARIANT-restore" --noflush; fi
}

# shellcheck disable=SC2317 # called by plan
note() {
  return 0
}

# shellcheck disable=SC2317 # called by plan
abandon() {
  echo "$1: $2" >&2
  exit 1
}

for family in 4 6; do
  document=$DOCUMENT4
  [ "$family" = 4 ] || document=$DOCUMENT6
  plan "$family" "$(held "$family")" "$document"
  # shellcheck disable=SC2154 # set by plan
  printf '%s\n' "$planned" | restore "$family" || exit 1
done
