# shellcheck shell=sh
# Loads the door's rules and arms a dead-man timer before, which takes them back unless confirm.sh comes in time.
# The controller sets besides: PATIENCE_SECONDS (how long to wait for another apply).

# require_one_variant: or the answer is an error: the rules would go where nobody looks for them, or be flushed unseen.
require_one_variant() {
  for family in $FAMILIES; do
    name_tool "$family"
    ! are_same "$TOOL-save" "$TOOL-restore" || continue
    ! may_skip "$family" || continue
    variant "$TOOL-save" "$family"
    saves=$VARIANT
    variant "$TOOL-restore" "$family"
    case "$saves $VARIANT" in
      'nf_tables legacy' | 'legacy nf_tables')
        fail host-unfit "$TOOL-save and $TOOL-restore are of different variants: choose one (Debian: update-alternatives)"
        ;;
    esac
  done
  firewalld_reloads
  [ "$RELOADS" != flush ] ||
    fail host-unfit 'each reload of firewalld would take the door away unseen: have firewalld 2 there, with FirewallBackend=nftables'
}

main() {
  begin
  require_tools
  [ -z "$FAMILIES" ] || require_one_variant
  # shellcheck disable=SC2153 # the controller sets DOCUMENT4 and DOCUMENTN
  [ -e /proc/net/if_inet6 ] || case $DOCUMENT4$DOCUMENTN$DOCUMENT6 in
    '') ;;
    "$DOCUMENT6" | 'add table ip6 '*) fail host-unfit 'the door is for IPv6 alone, and this host has no IPv6' ;;
  esac
  begin_time
  must_lock
  settle
  is_attended || fail busy 'the time for this was over before its turn came'
  read_tables
  find_nft
  must_be_free
  if [ -n "$NFT" ]; then
    plan_nft
    plan_marks
  fi
  arm || fail_untouched script 'the dead-man timer could not be armed'
  plan_all
  note tx "$TX" || fail_without_room
  load_all
  settle_lists
  [ -z "$DOCUMENTN" ] || settle_nft
  # The controller is about to prove that the door is closed: the grant by which it got in must not open it.
  client=${1%% *}
  revoke "$ID" "$client"
  prime
  must_be_pending
  echo applied
  echo "client $client"
  finish
}

main "${1:-${SSH_CLIENT-}}"
