#!/usr/bin/env bash
# Loads a door's documents into fresh hosts, primes its tokens, and says how many KB of the kernel's memory all that took.
#
#   memory.sh nft|legacy DOOR HOST…        reads DOOR.4 and DOOR.6
set -euo pipefail

variant=$1 door=$2
shift 2

# Memory of the kernel itself; what each CPU has counted by itself is added up first.
kilobytes() {
  echo 1 >/proc/sys/vm/stat_refresh
  awk '/^(SUnreclaim|VmallocUsed|Percpu):/ { sum += $2 } END { print sum }' /proc/meminfo
}

# The empty tables of a host that had none are no part of what a door takes.
for host; do
  for tool in iptables ip6tables; do
    printf '*filter\nCOMMIT\n' | ip netns exec "$host" "$tool-$variant-restore"
  done
done
before=$(kilobytes)
for host; do
  ip netns exec "$host" "iptables-$variant-restore" --noflush <"$door.4"
  ip netns exec "$host" "ip6tables-$variant-restore" --noflush <"$door.6"
  # shellcheck disable=SC2016 # for the host's shell
  ip netns exec "$host" sh -c 'for list in /proc/net/xt_recent/pk[46]-*-t????????; do
    any=+0.0.0.0
    case $list in */pk6-*) any=+:: ;; esac
    [ ! -e "$list" ] || echo "$any" >"$list"
  done'
done
echo $(($(kilobytes) - before))
