# shellcheck shell=sh
# Whether the host's own rules would let in whom a door in nftables lets in.
# The controller sets: MARK (the bit that the door sets; empty where the host's own rules are to decide), MANAGE_MARK (yes: what
# lacks a rule for it gets one).

# plan_marks: sets `closed` to the chains that get a rule; without MANAGE_MARK there must be none. Of firewalld's there must be
# none in either case: it lets nobody else change its table, or makes it anew. Reads AFTERN.
plan_marks() {
  closed=
  [ -n "$MARK" ] && [ -n "$DOCUMENTN" ] || return 0
  # shellcheck disable=SC2034 # read by closed.sh
  HELD=$AFTERN
  closed_chains
  [ "$MANAGE_MARK" != yes ] || case "$closed " in *' firewalld '*) ;; *) return 0 ;; esac
  [ -z "$closed" ] || fail host-unfit "$(closed_rules)"
}

# load_marks: before the door is closed.
load_marks() {
  [ -n "$closed" ] || return 0
  note marked "$closed" || fail_without_room
  problem=$(for_each_line mark "$closed" 2>&1) || fail_rolled_back refused "a rule for the connection mark: $(nft_errors "$problem")"
}
