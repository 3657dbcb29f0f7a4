# shellcheck shell=sh
# The tables of nftables: `ip portknock` and `ip6 portknock`, in which there are doors and nothing else. Read whole, or not at
# all, and changed in one transaction for both families.

# list_nft: sets `LISTED` to both tables as nft lists them. False where that cannot be read.
list_nft() {
  LISTED=
  tables=$(nft list tables 2>/dev/null) || return 1
  # One call for both tables finds only one of them (nft 1.0.6). Dates are listed in the time zone of whoever asks.
  for table in ip ip6; do
    has_line "$tables" "table $table portknock" || continue
    listed=$(TZ=UTC0 nft list table "$table" portknock 2>/dev/null) || { LISTED= && return 1; }
    LISTED=$LISTED${LISTED:+$NEWLINE}$listed
  done
}

# held_nft: sets `OWNED` to what nftables holds of the doors, as nft_listing.awk has it.
# shellcheck disable=SC2034 # read by tables.sh
held_nft() {
  OWNED=
  list_nft && OWNED=$(flat_nft '')
}

# flat_nft ALL: `LISTED` line by line. nft lists objects in the order in which they were made, which means nothing; the order of
# a chain's rules stays.
flat_nft() {
  printf '%s\n' "$LISTED" | awk -v all="$1" "$NFT_LISTING_AWK" | sort -s -k 1,1 -k 6,6 -k 3,3
}

# nft_document FROM TO: what turns the one into the other.
nft_document() {
  printf '%s\n' "$1" -- "$2" | awk "$NFT_DOORS_AWK$NFT_DOCUMENT_AWK"
}

# give_nft DOCUMENT [OPTION]: gives it to nft, which reads a pipe.
give_nft() {
  [ -z "$1" ] || printf '%s\n' "$1" | nft ${2+"$2"} -f -
}

# nft_errors TEXT: what nft says, without the lines that it quotes: they may hold secrets.
nft_errors() {
  printf '%s\n' "$1" | sed -nE 's/^.*(Error: .*)/\1/p; /Error: /!{ /^ *[\^~]/d; /^add |^flush |^delete /!p; }' | head -n 3
}

# unreadable_nft: why nft's tables cannot be read.
unreadable_nft() {
  complaint=$(nft list tables 2>&1 >/dev/null) && complaint=$(nft list table ip portknock 2>&1 >/dev/null)
  printf '%s' "nft cannot list the doors: $(nft_errors "$complaint")"
}

# stored_nft: what was stored for the next boot.
stored_nft() {
  sed -n '/^[46] add /p' "$ETC/rules" 2>/dev/null
}

# take_off_nft DOOR ADDRESS: takes the door's grant from it. An entry that is not there cannot be deleted, so it is added.
take_off_nft() {
  table=ip
  set -- "pk4-$1-open" "${2%%\%*}"
  case $2 in *:*) table=ip6 && set -- "pk6${1#pk4}" "$2" ;; esac
  [ -z "$2" ] ||
    give_nft "add element $table portknock $1 { $2 timeout 1s }${NEWLINE}delete element $table portknock $1 { $2 }"
} 2>/dev/null
