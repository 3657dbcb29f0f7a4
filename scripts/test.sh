#!/usr/bin/env bash
# Every group of tests, one after another, on a fresh clone of a bare machine: npm test [-- GROUP...]
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

bash scripts/setup.sh "$@" || exit 1
# shellcheck source=scripts/env.sh
. scripts/env.sh || exit 1

[ $# -gt 0 ] || set -- unit kernel lab client stack faults
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
status=0
for group in "$@"; do
  run=(npx vitest run --project "$group")
  [ "$group" != unit ] || run=(bash scripts/check.sh)
  "${run[@]}" --reporter=default --reporter=json --outputFile.json="$results/$group.json" || status=1
done
node scripts/summary.mjs "$results"/*.json || status=1
exit "$status"
