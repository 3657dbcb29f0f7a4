# shellcheck shell=sh
# What nftables gets: the doors of both families in one transaction.
# The controller sets: DOCUMENTN (empty: the door goes from nftables).

# find_nft: sets BEFOREN to what nftables holds.
find_nft() {
  BEFOREN=
  [ -n "$NFT" ] || return 0
  held_nft || fail host-unfit "$(unreadable_nft)"
  BEFOREN=$OWNED
}

# plan_nft: sets AFTERN to that with the document's door, and PLANNEDN to what turns the one into the other. Nothing is armed
# yet: where the kernel cannot hold it, nft says so now.
plan_nft() {
  families=4
  [ ! -e /proc/net/if_inet6 ] || families='4 6'
  AFTERN=$(printf '%s\n' "$BEFOREN" -- "$DOCUMENTN" | awk -v id="$ID" -v families="$families" "$NFT_DOORS_AWK$NFT_MERGE_AWK") ||
    fail script 'the rules for nftables could not be computed'
  PLANNEDN=$(nft_document "$BEFOREN" "$AFTERN") || fail script 'the rules for nftables could not be computed'
  problem=$(give_nft "$PLANNEDN" -c 2>&1) ||
    fail host-unfit "nft or the kernel cannot hold these rules: $(nft_errors "$problem")"
}

# load_nft: gives it to nft.
load_nft() {
  must_be_pending
  load_marks
  problem=$(give_nft "$PLANNEDN" 2>&1) || fail_rolled_back refused "nftables: $(nft_errors "$problem")"
}

# settle_nft: as settle_lists, of the sets of nftables.
settle_nft() {
  case $BEFOREN in *"pk4-$ID-"* | *"pk6-$ID-"*) ;; *) return 0 ;; esac
  held_nft || fail_rolled_back host-unfit "$(unreadable_nft)"
  emptied=$(printf '%s\n' "$BEFOREN" -- "$OWNED" | awk -v id="$ID" "$NFT_SETS_AWK")
  problem=$(give_nft "$emptied" 2>&1) || fail_rolled_back refused "nftables: $(nft_errors "$problem")"
}

# prime_nft NAMES: makes these tokens good: a quota that was used up counts anew. One call each: of several resets in one, nft
# 1.1.3 does only the last.
prime_nft() {
  for name in $1; do
    for quota in "ip portknock pk4-$ID-t$name" "ip6 portknock pk6-$ID-t$name"; do
      case $AFTERN in *" quota $quota "*) ;; *) continue ;; esac
      problem=$(give_nft "reset quota $quota" 2>&1) ||
        fail_rolled_back refused "nftables: the tokens could not be made good: $(nft_errors "$problem")"
    done
  done
}
