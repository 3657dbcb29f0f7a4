#!/usr/bin/env bash
# Builds the site into site/dist: pages, playground, API. Installs what that needs the first time; the build itself needs no network.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

installed=site/node_modules/.package-lock.json
if [ ! -f "$installed" ] || [ site/package-lock.json -nt "$installed" ]; then
  npm --prefix site ci --no-audit --no-fund
fi
node site/content.mjs
cp docs/images/door.svg site/public/door.svg
site/node_modules/.bin/typedoc --options site/typedoc.json
cd site
node_modules/.bin/vitepress build
