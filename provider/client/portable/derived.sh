#!/bin/sh
# Knocks with the sequence of the moment. Needs a POSIX shell, openssl, nc and ping. It holds a secret: chmod 700.
#   sh FILE                knocks, and sees whether the door opens
#   sh FILE print [EPOCH]  prints the sequence
# shellcheck disable=SC2154,SC2317 # the values; functions as arguments
# VALUES

# mac: HMAC-SHA-256 of stdin. The key is in no argument.
mac() {
  {
    printf %b "$outer"
    {
      printf %b "$inner"
      cat
    } | openssl dgst -sha256 -binary
  } | openssl dgst -sha256 -binary
}

# field TEXT: it, after its length in 4 bytes
field() {
  printf %b "\\0000\\0000\\0000\\0$(printf %03o ${#1})"
  printf %s "$1"
}

# info EPOCH ATTEMPT BLOCK
info() {
  printf %b "$info_before"
  field "$1"
  field "$2"
  printf %b "$info_after\\000$3"
}

# A block has the bytes of 8 steps, and no sequence has more than 16.
first_block() { info "$1" "$2" 1 | mac; }
second_block() {
  {
    first_block "$1" "$2"
    info "$1" "$2" 2
  } | mac
}

# digits BLOCK EPOCH ATTEMPT: in hexadecimal
digits() { "$@" | od -An -v -tx1 | tr -d ' \n'; }

# place DIGITS COUNT HIGH LOW: the remainder of 32 bits, by steps that fit into 24 bits; fails from the limit on
place() {
  high=$((0x${1%????})) low=$((0x${1#????}))
  [ "$high" -lt "$3" ] || { [ "$high" -eq "$3" ] && [ "$low" -lt "$4" ]; } || return 1
  number=$((high % $2))
  number=$(((number * 256 + low / 256) % $2))
  number=$(((number * 256 + low % 256) % $2))
}

# number_at RANGE...: the number at that place
number_at() {
  for range; do
    width=$((${range#*-} - ${range%-*}))
    [ "$number" -gt "$width" ] || {
      number=$((${range%-*} + number))
      return
    }
    number=$((number - width - 1))
  done
}

# scattered NUMBER...: none twice, no neighbours, no three in a row that rise or fall
scattered() {
  seen=' ' before='' leap=''
  for number; do
    case $seen in *" $number "*) return 1 ;; esac
    seen="$seen$number "
    if [ -n "$before" ]; then
      step=$((number - before))
      [ "$step" -gt 1 ] || [ "$step" -lt -1 ] || return 1
      if [ "$step" -gt 0 ]; then way=up; else way=down; fi
      [ "$way" != "$leap" ] || return 1
      leap=$way
    fi
    before=$number
  done
}

# shellcheck disable=SC2086 # many numbers
scattered_so_far() { scattered $drawn_ports && scattered $drawn_sizes; }

# draw EPOCH ATTEMPT: sets `steps`; fails for an attempt that is thrown away
draw() {
  left=$(digits first_block "$1" "$2") steps='' drawn_ports='' drawn_sizes=''
  [ ${#left} -eq 64 ] || {
    echo "openssl gives no SHA-256" >&2
    exit 1
  }
  for protocol in $protocols; do
    # Most attempts end with the first block.
    [ -n "$left" ] || {
      scattered_so_far || return 1
      left=$(digits second_block "$1" "$2")
    }
    rest=${left#????????}
    one=${left%"$rest"}
    left=$rest
    # shellcheck disable=SC2086 # a limit is two words, ranges are many
    if [ "$protocol" = icmp ]; then
      place "$one" "$size_count" $size_limit || return 1
      number_at $sizes
      drawn_sizes="$drawn_sizes $number"
    else
      place "$one" "$port_count" $port_limit || return 1
      number_at $ports
      drawn_ports="$drawn_ports $number"
    fi
    steps="$steps $protocol/$number"
  done
  scattered_so_far
}

# sequence EPOCH: sets `steps`
sequence() {
  attempt=0
  until draw "$1" "$attempt"; do attempt=$((attempt + 1)); done
}

# The outcome of one packet does not matter: a knock port may refuse.
knock() {
  for step in $steps; do
    case $step in
      tcp/*) nc -z -w 1 "$host" "${step#*/}" ;;
      udp/*) echo | nc -u -w 1 "$host" "${step#*/}" ;;
      icmp/*) ping -q -c 1 -W 1 -s "${step#*/}" "$host" ;;
    esac >/dev/null 2>&1
    # POSIX knows whole seconds only. Then the pause is missing.
    sleep "$pause" 2>/dev/null
  done
}

now=$(($(date +%s) / epoch_seconds))
if [ "${1-}" = print ]; then
  sequence "${2:-$now}"
  echo "$steps" | sed 's/^ //; s/ /,/g'
  exit
fi
# The sequence before and the one after too: a clock may be wrong.
for epoch in "$now" $((now - 1)) $((now + 1)); do
  sequence "$epoch"
  knock
  [ -n "$port" ] || exit 0
  if nc -z -w 2 "$host" "$port" >/dev/null 2>&1; then exit 0; fi
done
echo "the door of $host stays shut" >&2
exit 1
