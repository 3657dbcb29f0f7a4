#!/usr/bin/env bash
# All that must hold before a release. Ends with the sizes. RELEASE_SKIP_TESTS=1 leaves the tests out, which take 10 minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
  echo "release: $*" >&2
  exit 1
}

version=$(node -p 'require("./package.json").version')
[ -z "$(git status --porcelain)" ] || fail "the tree is not clean: commit or remove what git status shows"
node scripts/release/changelog.mjs "$version" || fail "CHANGELOG.md has no entry for $version"
if [ "${RELEASE_SKIP_TESTS-}" != 1 ]; then npm test; else npm run check; fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack --silent --pack-destination "$work" >/dev/null
tarball=$(echo "$work"/*.tgz)
npm exec --yes --package=publint@0.3.25 -- publint "$tarball" --strict
# The package is CommonJS: what older resolutions cannot find are subpaths for the state alone.
npm exec --yes --package=@arethetypeswrong/cli@0.18.5 -- attw "$tarball" --profile node16 --no-emoji
tar -xzf "$tarball" -C "$work"
node scripts/release/links.mjs "$work/package"

mkdir "$work/project"
echo '{}' >"$work/project/package.json"
start=$SECONDS
npm install --prefix "$work/project" --no-audit --no-fund --silent "$tarball" @pulumi/pulumi
node scripts/release/sizes.mjs "$tarball" "$work/project" "$((SECONDS - start))"
