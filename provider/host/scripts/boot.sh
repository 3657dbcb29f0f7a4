# shellcheck shell=sh
# Loads the stored doors: at boot, and after another firewall service may have flushed them. Nobody reads what it prints, but
# a unit that failed is seen.

# bring FAMILY RULES: gives the firewall these for all doors.
bring() {
  held "$1" && document=$(transition '' "$OWNED" "$2") && restore "$1" "$document"
}

# bring_nft: gives nftables what is stored for it.
bring_nft() {
  held_nft && document=$(nft_document "$OWNED" "$(stored_nft)") && give_nft "$document"
}

# Of a firewall that has no door, nothing is read, made or changed.
# shellcheck disable=SC2034 # read by lib/host.sh
BACKEND=stored

main() {
  require_tools
  [ -z "$FAMILIES" ] || hide_lists
  # Whoever has the lock may hang; the doors come all the same.
  lock "$LOCK_SECONDS"
  # An apply that is pending ends by itself, and its rules are not stored yet.
  is_over || exit 0
  code=0
  [ ! -e "$MARKED" ] || for_each_line mark "$(cat "$MARKED")" || code=1
  # There always is a door. Without one they were not read, or are not whole: then what is held stays, of whichever firewall.
  grep -Eq '^[46] (:PORTKNOCK|add chain )' "$ETC/rules" || exit 1
  if are_open '' && are_hidden; then are_anew=yes; else are_anew=; fi
  [ -n "$are_anew" ] || { look && is_stored && exit "$code"; }
  [ -z "$NFT" ] || bring_nft || code=1
  for family in $FAMILIES; do
    stored=$(stored "$family") || { code=1 && continue; }
    if held "$family"; then readable=yes; else readable=; fi
    [ -n "$OWNED$stored" ] || continue
    docker_chain "$family" "$stored"
    # As in apply.sh: the test loads the modules, and lists that others may hold open are made anew.
    [ -d /proc/net/xt_recent ] || { restore "$family" "*filter$NEWLINE$stored${NEWLINE}COMMIT" --test; hide_lists; }
    if [ -n "$readable" ]; then
      [ -z "$are_anew" ] || bring "$family" "$(without_lists "$stored")" || code=1
      # Before the lists of this family's doors. Without it the doors work too.
      for other in $FAMILIES; do [ "$other" = "$family" ] || make_known "$other" "$(stored "$other")"; done
      bring "$family" "$stored" || code=1
    else
      by_name '' "$family" "$stored" "$stored" || code=1
    fi
  done
  [ -z "$FAMILIES" ] || close_lists ''
  exit "$code"
}

main
