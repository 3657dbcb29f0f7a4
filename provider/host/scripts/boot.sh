# shellcheck shell=sh
# Loads the stored doors: at boot, and after another firewall service may have flushed them. Nobody reads what it prints, but
# a unit that failed is seen.

# bring FAMILY: gives the firewall what is stored for all doors, in place of OWNED. Of a hundred doors that is much: it does not
# go through the shell.
bring() {
  { printf '%s\n' "$OWNED" -- && stored "$1" && echo --; } | transform '' | restore_input "$1"
}

# shut: keeps the doors shut, and takes from them all lists, which others may hold open: they are made anew then.
shut() {
  for family in $FAMILIES; do
    ! held "$family" || {
      stored=$(stored "$family") && document=$(transition '' "$OWNED" "$(without_lists "$stored")") && restore "$family" "$document"
    } || code=1
  done
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
  [ -n "$are_anew" ] || { look && [ -n "$HELD" ] && is_stored && exit "$code"; }
  [ -z "$NFT" ] || bring_nft || code=1
  [ -z "$are_anew" ] || shut
  for family in $FAMILIES; do
    chains=$(stored "$family" :) || { code=1 && continue; }
    docker_chain "$family" "$chains"
    # As in apply.sh: the test loads the modules, and the lists come into folders that are closed.
    [ -d /proc/net/xt_recent ] || { restore "$family" "*filter$NEWLINE$(stored "$family")${NEWLINE}COMMIT" --test; hide_lists; }
    # Before the lists of this family's doors. Without it the doors work too.
    for other in $FAMILIES; do [ "$other" = "$family" ] || make_known "$other"; done
    if held "$family"; then
      [ -z "$OWNED$chains" ] || bring "$family" || code=1
    elif [ -n "$chains" ]; then
      { stored=$(stored "$family") && by_name '' "$family" "$stored" "$stored"; } || code=1
    fi
  done
  [ -z "$FAMILIES" ] || close_lists ''
  exit "$code"
}

main
