#!/usr/bin/env bash
# Loads the documents of doors one after the other, those of a door's both families into empty tables, round after round,
# and says what each door took: its name, and microseconds.
#
#   load.sh nft|legacy ROUNDS DOOR…        reads DOOR.4 and DOOR.6
set -euo pipefail

variant=$1 rounds=$2
shift 2

for ((round = 0; round < rounds; round++)); do
  for door; do
    for tool in iptables ip6tables; do printf '*filter\nCOMMIT\n' | "$tool-$variant-restore"; done
    began=${EPOCHREALTIME/./}
    "iptables-$variant-restore" --noflush <"$door.4"
    "ip6tables-$variant-restore" --noflush <"$door.6"
    echo "$door $((${EPOCHREALTIME/./} - began))"
  done
done
