#!/usr/bin/env bash
# Groups of tests, one after another, on a fresh clone of a bare machine, and a summary at the end:
#   test.sh core|rest|both [GROUP...]
# core and rest are halves of each group (test/groups.mts), and without names run the groups that have them.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

half=${1-}
shift
case $half in
  core) [ $# -gt 0 ] || set -- unit kernel lab client stack faults ;;
  rest) [ $# -gt 0 ] || set -- unit kernel client stack faults site ;;
  both) [ $# -gt 0 ] || exit 2 ;;
  *) exit 2 ;;
esac
bash scripts/setup.sh "$@" || exit 1
# shellcheck source=scripts/env.sh
. scripts/env.sh || exit 1

[ "$half" = both ] || export PORTKNOCK_HALF=$half
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
status=0
for group in "$@"; do
  run=(npx vitest run --project "$group")
  [ "$half $group" != "core unit" ] || run=(bash scripts/check.sh)
  "${run[@]}" --reporter=default --reporter=json --outputFile.json="$results/$group.json" || status=1
done
node scripts/summary.mjs "$SECONDS" "$results"/*.json || status=1
exit "$status"
