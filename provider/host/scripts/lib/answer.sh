# shellcheck shell=sh
# How a script answers, and where things are. POSIX sh (dash, busybox ash) as root, with iptables and flock.
# The controller sets before: NONCE (marks our part of the output), ID and OWNER (the door), TX (the transaction).
# Sets: PATH, LC_ALL, RUN, PENDING, ETC, LEDGER, DISPATCHERS, NEWLINE.
set -u
umask 077
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL

RUN=/run/portknock
# What a change needs that nobody has confirmed yet.
# shellcheck disable=SC2034 # read by transaction.sh
PENDING=$RUN/pending
# What the next boot loads.
ETC=/etc/portknock
# A line for each token that was ever made usable: its door's id, and its name.
# shellcheck disable=SC2034 # read by tokens.sh and persist.sh
LEDGER=$ETC/tokens
# INPUT jumps to PORTKNOCK, another chain of the host to PORTKNOCK-<its name>.
# shellcheck disable=SC2034 # read by tables.sh
DISPATCHERS='PORTKNOCK PORTKNOCK-FORWARD PORTKNOCK-DOCKER-USER'
NEWLINE='
'

# begin: on a line of its own, whatever a startup file has printed before.
begin() {
  printf '\nportknock begin %s\n' "$NONCE"
}

# finish: the answer is whole.
finish() {
  printf 'portknock end %s\n' "$NONCE"
  exit 0
}

# fail CODE TEXT: the answer is an error of that code (provider/errors.ts). Of the timer and the boot loader nobody reads
# an answer, but their code is seen.
fail() {
  printf 'error %s %s\n' "$1" "$(one_line "$2")"
  [ -n "${NONCE-}" ] || exit 1
  finish
}

# one_line TEXT: at most 1000 bytes of it, in one line.
one_line() {
  printf '%s' "$1" | tr '\n' ' ' | head -c 1000
}

# has_line TEXT LINE
has_line() {
  case $NEWLINE$1$NEWLINE in *"$NEWLINE$2$NEWLINE"*) return 0 ;; esac
  return 1
}

# each PREFIX TEXT: its lines, each after the prefix. By the shell itself: a process costs more.
each() {
  separators=$IFS
  IFS=$NEWLINE
  set -f
  # shellcheck disable=SC2086 # it is split into its lines
  set -- "$1 %s\n" $2
  set +f
  IFS=$separators
  # shellcheck disable=SC2059 # the first is the form of a line
  [ "$#" -eq 1 ] || printf "$@"
}
