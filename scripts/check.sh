#!/usr/bin/env bash
# The inner loop: format, lint, types, shell, the core of the unit tests. Needs what scripts/setup.sh installs, and no root.
# The long form, npm run check -- --coverage, ends with what share of provider/ the unit tests run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

npx biome check --error-on-warnings .
node scripts/api.mjs # checks the types of provider/ too
# From the second run on the compiler looks at what has changed.
for config in test examples/*/tsconfig.json; do echo "${config%/tsconfig.json}"; done |
  xargs -I{} -P 2 npx tsc --noEmit --incremental --tsBuildInfoFile node_modules/.cache/types/{}.json -p {}
git ls-files -z '*.sh' .ci/run | xargs -0 shellcheck
PORTKNOCK_HALF=core npx vitest run --project unit "$@"
