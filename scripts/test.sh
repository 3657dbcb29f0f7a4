#!/usr/bin/env bash
# Every group of tests, one after another, on a fresh clone of a bare machine: npm test [-- GROUP...]
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bash scripts/setup.sh || exit 1
# shellcheck source=scripts/env.sh
. scripts/env.sh || exit 1

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
status=0
for group in "${@:-unit kernel lab stack}"; do
  # The default is one word list.
  # shellcheck disable=SC2086
  for name in $group; do
    if [ "$name" = unit ]; then
      bash scripts/check.sh --reporter=default --reporter=json --outputFile.json="$results/$name.json" || status=1
    else
      npx vitest run --project "$name" --reporter=default --reporter=json --outputFile.json="$results/$name.json" || status=1
    fi
  done
done
node scripts/summary.mjs "$results"/*.json || status=1
exit "$status"
