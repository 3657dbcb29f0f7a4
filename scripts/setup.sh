#!/usr/bin/env bash
# Makes a Debian machine ready for the tests and the examples; with the words `reboot`, `docker` or `site`, for those as well.
# Does what is missing, and nothing twice.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=(
  busybox curl faketime fish iproute2 iptables iputils-ping knockd netcat-openbsd nftables nmap openssh-client
  openssh-server procps python3 rsync shellcheck sudo tcsh util-linux xz-utils zsh
)
[ "${1-}" != reboot ] || packages+=(debootstrap systemd-container)
[ "${1-}" != docker ] || packages+=(docker.io)
[[ " $* " != *" site "* ]] || packages+=(chromium)
guard=/usr/sbin/policy-rc.d

# One line a step, with how long it took; what a step prints itself comes before.
step() {
  local label=$1 start
  shift
  start=${EPOCHREALTIME/[.,]/}
  "$@"
  printf '%-16s %-12s %6d ms\n' "$label" "$result" $(((${EPOCHREALTIME/[.,]/} - start) / 1000))
}

missing_packages() {
  local installed name
  # It fails for a name that it does not know; that one is missing from the output too.
  installed=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "${packages[@]}" 2>/dev/null || true)
  for name in "${packages[@]}"; do
    [[ $'\n'$installed$'\n' == *$'\n'ii\ "$name"$'\n'* ]] || echo "$name"
  done
}

unguard() {
  rm -f "$guard"
  [ ! -e "$guard.portknock" ] || mv "$guard.portknock" "$guard"
}

# A package's script starts its daemon unless policy-rc.d forbids it, and would have it start at the next boot: the
# lab runs sshd in hosts of its own, and the machine did not ask for one.
install_packages() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q
  # One that is saved is the machine's own, from a run that was killed; what stands in its place is ours.
  if [ -e "$guard" ] && [ ! -e "$guard.portknock" ]; then mv "$guard" "$guard.portknock"; fi
  trap unguard EXIT
  printf '#!/bin/sh\nexit 101\n' >"$guard"
  chmod 0755 "$guard"
  apt-get install -q -y --no-install-recommends "$@"
  unguard
  trap - EXIT
  disable "$@"
}

# disable PACKAGE...: what these would have started at the next boot.
disable() {
  local package
  local -A units=(
    [openssh-server]="ssh.service ssh.socket"
    [knockd]=knockd.service
    [docker.io]="docker.service docker.socket containerd.service"
  )
  command -v systemctl >/dev/null || return 0
  for package in "$@"; do
    # shellcheck disable=SC2086 # several units
    [ -z "${units[$package]-}" ] || systemctl disable --quiet ${units[$package]} || true
  done
}

debian_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  result="nothing to do"
  [ ${#missing[@]} -gt 0 ] || return 0
  if ! command -v apt-get >/dev/null; then
    echo "setup: these Debian packages, or what your system calls them, are needed: ${missing[*]}" >&2
    exit 1
  fi
  if [ "$(id -u)" != 0 ]; then
    echo "setup: run this as root, then again what you ran:" >&2
    echo "  apt-get update && apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  install_packages "${missing[@]}" >&2
  result=installed
}

# npm writes this file last, so it stands for a whole installation.
node_packages() {
  local folder=${1-.}
  result="nothing to do"
  [ -f "$folder/node_modules/.package-lock.json" ] &&
    [ ! "$folder/package-lock.json" -nt "$folder/node_modules/.package-lock.json" ] && return
  npm --prefix "$folder" ci --no-audit --no-fund >&2
  result=installed
}

# A folder counts too: its time changes when a file is deleted.
build() {
  local stamp=node_modules/.portknock-built
  result="nothing to do"
  [ -f dist/index.js ] && [ -f "$stamp" ] &&
    [ -z "$(find provider package.json tsconfig.json scripts/build.mjs -newer "$stamp" -print -quit)" ] && return
  touch "$stamp.next"
  npm run --silent build >&2
  mv "$stamp.next" "$stamp"
  result=built
}

pulumi_cli() {
  bash scripts/pulumi-cli.sh >/dev/null
  result=ready
}

step "Debian packages" debian_packages
step "npm packages" node_packages
# The site is built without a network.
[[ " $* " != *" site "* ]] || step "site packages" node_packages site
step build build
step "Pulumi CLI" pulumi_cli
