#!/usr/bin/env bash
# The inner loop: format, lint, types, shell, unit tests. Needs what scripts/setup.sh installs, and no root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

npx biome check --error-on-warnings .
node scripts/api.mjs # checks the types of provider/ too
printf '%s\n' test examples/*/ | xargs -n 1 -P 2 npx tsc --noEmit -p
git ls-files -z '*.sh' .ci/run | xargs -0 shellcheck
npx vitest run --project unit "$@"
