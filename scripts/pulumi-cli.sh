#!/usr/bin/env bash
# Prints the directory that holds `pulumi` and its language hosts (Node.js, YAML, Python), and makes it if there is none: on
# PATH, cached, downloaded, or built from Go modules where only a module proxy can be reached.
set -euo pipefail
export PULUMI_SKIP_UPDATE_CHECK=true

version=3.259.0
oldest=3.200.0
# Said before the wait, so that nobody takes it for a hang.
build_takes="4 to 7 minutes on 2 cores"
hosts=(pulumi-language-nodejs pulumi-language-yaml pulumi-language-python)

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
os=$(uname -s | tr '[:upper:]' '[:lower:]')
case $(uname -m) in
  x86_64) arch=x64 ;;
  aarch64 | arm64) arch=arm64 ;;
  *) arch=$(uname -m) ;;
esac
cache=${XDG_CACHE_HOME:-$HOME/.cache}/pulumi-portknock
final=$cache/pulumi-$version-$os-$arch

say() { echo "pulumi-cli: $*" >&2; }

fail() {
  say "$@"
  exit 1
}

# at_least 1.25.11 1.25 is false
at_least() {
  [ "$(printf '%s\n' "$1" "$2" | sort -V | tail -n 1)" = "$1" ]
}

on_path() {
  local found host
  for host in "${hosts[@]}"; do command -v "$host" >/dev/null || return 1; done
  found=$(command -v pulumi) || return 1
  # Inside the cache it is the one that this script made: no need to start it.
  [ "$(dirname "$found")" != "$final" ] || return 0
  found=$(pulumi version 2>/dev/null) || return 1
  at_least "${found#v}" "$oldest"
}

download() {
  local into=$1 url=https://get.pulumi.com/releases/sdk/pulumi-v$version-$os-$arch.tar.gz
  command -v curl >/dev/null || return 1
  say "downloading Pulumi $version"
  mkdir "$into/download"
  curl -fsSL --connect-timeout 4 --speed-time 20 --speed-limit 10000 "$url" 2>"$into/download.log" |
    tar -xz -C "$into/download" 2>/dev/null || return 1
  "$into/download/pulumi/pulumi" version >/dev/null 2>&1 || return 1
  mv "$into/download/pulumi" "$into/bin"
}

need_go() {
  local wanted found
  wanted=$(sed -n 's/^go //p' "$here/pulumi-cli/cli/go.mod")
  command -v go >/dev/null ||
    fail "building needs Go $wanted or newer on PATH (or Pulumi $oldest or newer itself); there is no go"
  # Inside the module, because a Go of 1.21 or newer fetches by itself the release that the module asks for.
  found=$(cd "$here/pulumi-cli/cli" && go version 2>&1) ||
    fail "building needs Go $wanted or newer on PATH (or Pulumi $oldest or newer itself): $found"
  found=$(sed -n 's/^go version go\([0-9.]*\).*/\1/p' <<<"$found")
  at_least "$found" "$wanted" ||
    fail "building needs Go $wanted or newer on PATH (or Pulumi $oldest or newer itself); this is Go $found"
}

# Runs a step in the background and says how far it is every 10 s, by the lines of its log that count.
watched() {
  local label=$1 counted=$2 total=$3 log=$4 seconds=0
  shift 4
  "$@" 2>"$log" &
  job=$!
  while kill -0 "$job" 2>/dev/null; do
    sleep 1
    seconds=$((seconds + 1))
    ((seconds % 10)) || say "$label: $(grep -c "$counted" "$log") $total, ${seconds} s"
  done
  wait "$job" || {
    job=
    tail -n 20 "$log" >&2
    fail "$label failed"
  }
  job=
}

# build PROGRAM MODULE PACKAGE INTO: one that is there already is not built again
build() {
  local program=$1 module=$2 package=$3 into=$4 total
  [ ! -x "$final/$program" ] || return 0
  need_go
  cd "$here/pulumi-cli/$module"
  watched "fetching the sources of $program" "downloading" "modules so far" "$into/fetch.log" \
    go list -mod=readonly -deps -f '{{.ImportPath}}' "$package" >"$into/packages"
  total=$(wc -l <"$into/packages")
  # Go does not tell in advance which of them it has compiled before, hence "at most".
  watched "compiling $program" . "of at most $total packages" "$into/build.log" \
    go build -v -mod=readonly -trimpath -buildvcs=false \
    -ldflags "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v$version" \
    -o "$into/bin/$program" "$package"
}

build_all() {
  local into=$1
  say "no download; building Pulumi $version from Go modules: $build_takes, and once only"
  mkdir "$into/bin"
  # Without C: the same programs whether or not there is a C compiler, as the official ones are built.
  export CGO_ENABLED=0
  build pulumi-language-nodejs language-nodejs \
    github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs "$into"
  build pulumi-language-yaml language-yaml github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml "$into"
  build_python "$into"
  build pulumi cli github.com/pulumi/pulumi/pkg/v3/cmd/pulumi "$into"
  [ ! -x "$into/bin/pulumi" ] || "$into/bin/pulumi" version >/dev/null || fail "the pulumi that was built does not run"
}

# The host of Python starts a script that lies beside it.
build_python() {
  local into=$1 sdk=github.com/pulumi/pulumi/sdk/v3
  build pulumi-language-python language-python $sdk/python/cmd/pulumi-language-python "$into"
  [ -x "$into/bin/pulumi-language-python" ] || return 0
  install -m 755 "$(go list -mod=readonly -m -f '{{.Dir}}' $sdk)/python/cmd/pulumi-language-python-exec" "$into/bin"
}

# What is in the cache is whole: a program that another run may start appears there by its last step.
is_whole() {
  local program
  for program in pulumi "${hosts[@]}"; do [ -x "$final/$program" ] || return 1; done
}

if on_path; then
  dirname "$(command -v pulumi)"
  exit
fi
if ! is_whole; then
  mkdir -p "$cache"
  # A second run waits for the first, then finds its result.
  exec 9>"$cache/lock"
  flock -n 9 || { say "waiting for another build" && flock 9; }
fi
if ! is_whole; then
  rm -rf "$cache"/making.*
  making=$(mktemp -d "$cache/making.XXXXXX")
  job=
  trap '[ -z "$job" ] || kill "$job"; rm -rf "$making"' EXIT
  if [ -d "$final" ] || ! download "$making"; then build_all "$making"; fi
  mkdir -p "$final"
  mv "$making"/bin/* "$final"
fi
echo "$final"
