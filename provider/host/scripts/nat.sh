# shellcheck shell=sh
# Which NAT rules of the host take packets past a door. They change a packet's port or address before INPUT sees it.

# diversions: a line for each NAT rule that concerns a port of the door (of each door, where there is no ID), five at most.
# Reads FAMILIES and HELD.
diversions() {
  read_nft
  saves=
  translations=
  for family in $FAMILIES; do
    case $(lines_of "$family " "$HELD") in *' --comment "portknock '*) ;; *) continue ;; esac
    nat_seen=$(nat_saves "$family")
    case $nat_seen in
      *unseen)
        echo "the NAT rules for IPv$family cannot be read here (by iptables-save or nft): whether one takes a port past a door is not known"
        ;;
    esac
    saves="$saves== $family$NEWLINE$nat_seen$NEWLINE"
    translations=$translations$NEWLINE$(nft_translations "$family" "$nat_seen")
  done
  case $saves in
    *"$NEWLINE-A PREROUTING "*)
      translations=$(printf '%s\n' "$saves" | awk "$NAT_ADDRESSES_AWK$NAT_IPTABLES_AWK")$NEWLINE$translations
      ;;
  esac
  case $translations in
    *[46]*) printf '%s\n' "$HELD" -- "$translations" | awk -v id="${ID-}" "$NAT_ADDRESSES_AWK$NAT_DOORS_AWK" ;;
  esac
}

# nat_saves FAMILY: the nat tables as iptables shows them, of both variants; `unseen` at the end where one of them is not
# readable by any tool. Asking the legacy tool makes the table, so it is only asked where there is one; and the other only
# where nft does not say that there is none.
nat_saves() {
  names=ip
  [ "$1" = 4 ] || names=ip6
  if [ "$(variant "${names}tables-save" "$1")" = legacy ]; then
    nat_tools=${names}tables-nft-save
    legacy_tool=${names}tables-save
  else
    nat_tools=${names}tables-save
    legacy_tool=${names}tables-legacy-save
  fi
  has_nft_table "$names" nat || nat_tools=
  ! is_listed nat "/proc/net/${names}_tables_names" || nat_tools="$legacy_tool $nat_tools"
  for nat_tool in $nat_tools; do
    command -v "$nat_tool" >/dev/null 2>&1 || continue
    nat_saved=$("$nat_tool" -t nat 2>/dev/null) || nat_saved=unseen
    case $nat_saved in
      *COMMIT* | '') printf '%s\n' "$nat_saved" ;;
      # nft shows what it has added itself.
      *) nft list tables >/dev/null 2>&1 || { echo unseen && return; } ;;
    esac
  done
}

# nft_translations FAMILY SAVES: those of nft's own tables, as nat_nft.awk has them.
nft_translations() {
  nat_tables "$1" "$2" | while read -r nat_family nat_table; do
    nft -nn list table "$nat_family" "$nat_table" </dev/null 2>/dev/null |
      awk -v family="$1" "$NAT_ADDRESSES_AWK$NAT_NFT_AWK"
  done
}

# nat_tables FAMILY SAVES: the tables of nft that translate destinations, `<family> <table>` each. What iptables shows of
# its own table was read already.
nat_tables() {
  own=ip other=ip6
  [ "$1" = 4 ] || own=ip6 other=ip
  named=$NEWLINE
  printf '%s\n' "$NFT_CHAINS" | while read -r kind hook _ family table _; do
    [ "$kind $hook" = 'nat prerouting' ] || continue
    [ "$family" != "$other" ] || continue
    case "$family $table/$2" in "$own nat/"*'*nat'*) continue ;; esac
    case $named in *"$NEWLINE$family $table$NEWLINE"*) continue ;; esac
    named=$named$family\ $table$NEWLINE
    echo "$family $table"
  done
}
