# shellcheck shell=sh
# The filter tables: read whole, or not at all, and changed in one transaction. nft can put rules into them that iptables
# cannot show. Its save tool then prints a comment in place of the table, and exits with 0.

# save FAMILY [-c]: sets `SAVED` to the table. False where that is not a whole one: what cannot be read is not empty.
save() {
  name_tool "$1"
  SAVED=$("$TOOL-save" ${2+"$2"} -t filter 2>/dev/null) && is_table "$SAVED" && return
  SAVED=
  return 1
}

# is_table TEXT: from its first line to its last.
is_table() {
  case $NEWLINE$1$NEWLINE in *"$NEWLINE*filter$NEWLINE"*"${NEWLINE}COMMIT$NEWLINE"*) return 0 ;; esac
  # Releases before 1.8.8 know no chains of a table that nobody has made yet.
  case $1 in "Table \`filter' does not exist"*) return 0 ;; esac
  return 1
}

# owned TABLES: sets `OWNED` to what is ours of a saved table, or of several, as held.awk has them.
owned() {
  OWNED=$(printf '%s\n' "$1" | awk "$CHAINS_AWK$ABOVE_AWK$HELD_AWK")
}

# held FAMILY: sets `OWNED` to the owned chains and rules that the host holds, and the jumps to them as `-I INPUT <place> …`.
held() {
  OWNED=
  save "$1" && owned "$SAVED"
}

# look: of both families, and of nftables. Sets HELD to what the host holds, a line each after the number of its family;
# FAMILIES to those that could be read, or had to be; HAS_DOCKER; and LOOKED. Where one cannot be read: UNREAD, to its number
# or to nft, and HELD to nothing.
# shellcheck disable=SC2034 # read by report.sh
look() {
  HELD=
  HAS_DOCKER=
  LOOKED=
  UNREAD=
  seen=
  tables=
  for family in $FAMILIES; do
    UNREAD=$family
    save "$family" || may_skip "$family" || return 1
    is_table "$SAVED" || continue
    seen=$seen${seen:+ }$family
    case $SAVED in *"$NEWLINE:DOCKER"*) HAS_DOCKER=yes ;; esac
    tables="$tables== $family$NEWLINE$SAVED$NEWLINE"
  done
  [ -z "$tables" ] || owned "$tables" || return 1
  found=
  [ -z "$tables" ] || found=$OWNED
  if [ -n "$NFT" ]; then
    UNREAD=nft
    held_nft || return 1
    # First, as uses_nft wants it of what is stored.
    found=$OWNED${OWNED:+${found:+$NEWLINE}}$found
  fi
  HELD=$found
  FAMILIES=$seen
  LOOKED=yes
}

# transition DOOR FROM TO [whole]: the document that turns the rules FROM, as held, into TO, for the chains that all doors
# share and the door's (every door's, where DOOR is empty); with `whole` where FROM has the names of chains alone. Rules are
# texts, not files: a full disk must not stop a rollback, or cut what it reads.
transition() {
  printf '%s\n' "$2" -- "$3" -- | transform "$1" "${4-}"
}

# transform DOOR [whole]: the same of its input: FROM, a line `--`, TO, a line `--`. Where that was cut, the document is: it
# has no COMMIT, and changes nothing. For a pipe, where the shell is one process more.
transform() {
  exec awk -v id="$1" -v dispatchers="$DISPATCHERS" -v whole="${2-}" "$CHAINS_AWK$TRANSITION_AWK"
}

# restore FAMILY DOCUMENT [OPTION]: gives it to the firewall.
restore() {
  printf '%s\n' "$2" | restore_input "$1" ${3+"$3"}
}

# restore_input FAMILY [OPTION]: the same of the document on its input, for a pipe.
restore_input() {
  name_tool "$1"
  exec "$TOOL-restore" -w 5 --noflush ${2+"$2"}
}

# docker_chain FAMILY RULES: makes the chain that RULES are to be called from, where Docker has not made it yet. Docker
# keeps what it finds there (moby, libnetwork: setupUserChain).
docker_chain() {
  has_line "$2" :PORTKNOCK-DOCKER-USER || return 0
  # It ends with 1 where the chain is there.
  name_tool "$1"
  "$TOOL" -w 5 -N DOCKER-USER </dev/null >/dev/null 2>&1
  [ $? -le 1 ]
}

# chains_of RULES: sets `chains` to the lines of them that name a chain.
chains_of() {
  chains=
  separators=$IFS
  IFS=$NEWLINE
  set -f
  for line in $1; do
    case $line in :*) chains=$chains${chains:+$NEWLINE}$line ;; esac
  done
  set +f
  IFS=$separators
}
