#!/usr/bin/env bash
# Loads the rules of all doors of some hosts, each into empty tables, and then those of one door more, round after round, and
# says what each took: the folder (doors.sh), and twice microseconds.
#
#   loading.sh nft|legacy ROUNDS FOLDER…
set -euo pipefail

variant=$1 rounds=$2
shift 2

load() {
  "iptables-$variant-restore" --noflush <"$1.4"
  "ip6tables-$variant-restore" --noflush <"$1.6"
}

for ((round = 0; round < rounds; round++)); do
  for folder; do
    for tool in iptables ip6tables; do printf '*filter\nCOMMIT\n' | "$tool-$variant-restore"; done
    began=${EPOCHREALTIME/./}
    "ip6tables-$variant-restore" --noflush <"$folder/known.6"
    load "$folder/all"
    loaded=${EPOCHREALTIME/./}
    load "$folder/more"
    echo "$folder $((loaded - began)) $((${EPOCHREALTIME/./} - loaded))"
  done
done
