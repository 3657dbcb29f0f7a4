# shellcheck shell=sh
# Which NAT rules of the host take packets past a door. They change a packet's port or address before INPUT sees it.

# diversions: sets `diverted` to a line for each NAT rule that concerns a port of the door (of each door, where there is no ID),
# five at most. Reads HELD.
diversions() {
  read_nft
  diverted=
  saves=
  translations=
  for family in 4 6; do
    case $NEWLINE$HELD in *"$NEWLINE$family -A PORTKNOCK"* | *"$NEWLINE$family add chain "*) ;; *) continue ;; esac
    nat_saves "$family"
    case $nat_seen in
      *unseen)
        diverted="$diverted${diverted:+$NEWLINE}the NAT rules for IPv$family cannot be read here (by iptables-save or nft): whether one takes a port past a door is not known"
        ;;
    esac
    saves="$saves== $family$NEWLINE$nat_seen$NEWLINE"
    nat_tables "$family" "$nat_seen"
    [ -z "$nat_tables" ] || translations=$translations$NEWLINE$(nft_translations "$family" "$nat_tables")
  done
  case $saves in
    *"$NEWLINE-A PREROUTING "*)
      translations=$(printf '%s\n' "$saves" | awk "$NAT_ADDRESSES_AWK$NAT_IPTABLES_AWK")$NEWLINE$translations
      ;;
  esac
  case $translations in
    *[46]*)
      told=$(printf '%s\n' "$HELD" -- "$translations" | awk -v id="${ID-}" "$NAT_ADDRESSES_AWK$NAT_DOORS_AWK")
      diverted=$diverted${diverted:+${told:+$NEWLINE}}$told
      ;;
  esac
}

# nat_saves FAMILY: sets `nat_seen` to the nat tables as iptables shows them, of both variants; `unseen` at the end where one of
# them is not readable by any tool. Asking the legacy tool makes the table, so it is only asked where there is one; and the
# other only where nft does not say that there is none.
nat_saves() {
  nat_seen=
  names=ip
  [ "$1" = 4 ] || names=ip6
  variant "${names}tables-save" "$1"
  if [ "$VARIANT" = legacy ]; then
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
      *COMMIT* | '') nat_seen=$nat_seen${nat_seen:+$NEWLINE}$nat_saved ;;
      # nft shows what it has added itself.
      *) nft list tables >/dev/null 2>&1 || { nat_seen=$nat_seen${NEWLINE}unseen && return; } ;;
    esac
  done
}

# nft_translations FAMILY TABLES: those of nft's own tables, as nat_nft.awk has them.
nft_translations() {
  printf '%s\n' "$2" | while read -r nat_family nat_table; do
    nft -nn list table "$nat_family" "$nat_table" </dev/null 2>/dev/null |
      awk -v family="$1" "$NAT_ADDRESSES_AWK$NAT_NFT_AWK"
  done
}

# nat_tables FAMILY SAVES: sets `nat_tables` to the tables of nft that translate destinations, `<family> <table>` each. What
# iptables shows of its own table was read already.
nat_tables() {
  own=ip other=ip6
  [ "$1" = 4 ] || own=ip6 other=ip
  nat_tables=
  rest=$NFT_CHAINS$NEWLINE
  while [ -n "$rest" ]; do
    line=${rest%%"$NEWLINE"*}
    rest=${rest#*"$NEWLINE"}
    case $line in 'nat prerouting '*) line=${line#nat prerouting * } ;; *) continue ;; esac
    table=${line% *}
    case "$table/$2" in "$other "* | "$own nat/"*'*nat'*) continue ;; esac
    has_line "$nat_tables" "$table" || nat_tables=$nat_tables${nat_tables:+$NEWLINE}$table
  done
}
