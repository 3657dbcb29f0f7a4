#!/usr/bin/env bash
# Unpacks nft as releases of Debian have it, with the libraries that it needs, into the cache: nothing is installed.
#
#   nftReleases.sh RELEASE        says the command that runs it, which takes nft's own arguments
set -euo pipefail

release=$1
packages=(nftables libnftables1 libnftnl11 libc6 libmnl0 libedit2 libjansson4 libgmp10 libxtables12 libtinfo6 libbsd0 libmd0)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/pulumi-portknock
final=$cache/nft-$release-$(sha256sum "${BASH_SOURCE[0]}" | cut -c -12)

# The mirror that the machine's apt uses.
mirror() {
  apt-get indextargets --format "\$(ORIGIN) \$(LABEL) \$(REPO_URI)" | sed -n 's/^Debian Debian //p' | head -n 1
}

# apt with folders of its own: the machine's lists and packages are neither read nor changed.
make() {
  local root=$1
  mkdir -p "$root"/apt/{state/lists/partial,cache/archives/partial}
  : >"$root/apt/status"
  printf 'deb [signed-by=%s] %s %s main\n' /usr/share/keyrings/debian-archive-keyring.gpg \
    "$(mirror)" "$release" >"$root/apt/sources.list"
  local apt=(apt-get -qq -o APT::Sandbox::User=root -o Dir::Etc::sourceparts=-
    -o "Dir::Etc::sourcelist=$root/apt/sources.list" -o "Dir::State=$root/apt/state"
    -o "Dir::State::status=$root/apt/status" -o "Dir::Cache=$root/apt/cache")
  "${apt[@]}" update
  (cd "$root/apt" && "${apt[@]}" download "${packages[@]}")
  local file
  for file in "$root"/apt/*.deb; do dpkg-deb --extract "$file" "$root"; done
  rm -rf "$root/apt"
  # Its own loader finds its own libraries, whatever the machine has.
  cat >"$root/nft" <<'END'
#!/bin/sh
root=${0%/nft}
for loader in "$root"/lib/*/ld-linux-*.so.2 "$root"/usr/lib/*/ld-linux-*.so.2; do
  [ -f "$loader" ] || continue
  library=${loader%/*}
  exec "$loader" --library-path "$root/lib/${library##*/}:$root/usr/lib/${library##*/}" "$root/usr/sbin/nft" "$@"
done
exit 127
END
  chmod +x "$root/nft"
}

if [ ! -x "$final/nft" ]; then
  mkdir -p "$cache"
  exec 9>"$cache/nft-$release.lock"
  flock 9
  rm -rf "$cache/nft-$release-"*
  making=$(mktemp -d "$cache/making-nft.XXXXXX")
  trap 'rm -rf "$making"' EXIT
  make "$making" >&2
  # The last step, and atomic: what is in the cache is whole.
  mv "$making" "$final"
fi
echo "$final/nft"
