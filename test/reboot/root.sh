#!/usr/bin/env bash
# Prints the directory of a Debian root for systemd-nspawn, and makes it if there is none:
#
#   root.sh bookworm|trixie|openrc|nft-trixie
#
# openrc is a bookworm that sysvinit and OpenRC boot. nft-trixie has nft and firewalld, and no iptables.
set -euo pipefail

kind=$1
release=${kind#nft-}
packages=(iproute2 nftables openssh-server procps)
# Debian 12 still brings the network up with ifupdown; the newer one does it with systemd-networkd here.
[ "$release" = trixie ] || packages+=(ifupdown)
firewalls=()
# ufw may not be installed beside these; a test that wants them installs them on its machine.
packed=()
if [ "$kind" = "$release" ]; then
  packages+=(iptables)
  if [ "$kind" = openrc ]; then
    release=bookworm
  else
    firewalls=(firewalld ufw)
    packed=(iptables-persistent netfilter-persistent)
  fi
else
  # It needs no iptables, but recommends it: debootstrap installs what is needed.
  firewalls=(firewalld)
fi
[ "$kind" = openrc ] || packages+=(dbus libpam-systemd systemd-sysv "${firewalls[@]}")

cache=${XDG_CACHE_HOME:-$HOME/.cache}/pulumi-portknock
# What this script makes depends on its text.
final=$cache/root-$kind-$(sha256sum "${BASH_SOURCE[0]}" | cut -c -12)

fail() {
  echo "root: $*" >&2
  exit 1
}

# The mirror that the machine's apt uses; none for a system that is not Debian, where debootstrap knows one.
mirror() {
  apt-get indextargets --format "\$(ORIGIN) \$(LABEL) \$(REPO_URI)" | sed -n 's/^Debian Debian //p' | head -n 1
}

make() {
  local root=$1 include
  include=$(IFS=, && echo "${packages[*]}")
  debootstrap --variant=minbase --include="$include" "$release" "$root" "$(mirror)"
  # A chroot has no name service but the machine's.
  cp --remove-destination /etc/resolv.conf /etc/hosts "$root/etc/"
  rm "$root"/etc/ssh/ssh_host_*
  if [ "$kind" = openrc ]; then
    # debootstrap does not know that openrc takes sysv-rc's place.
    DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get -q -y -o APT::Sandbox::User=root \
      install --no-install-recommends sysvinit-core openrc initscripts orphan-sysvinit-scripts sysv-rc-
  else
    systemd_only "$root"
  fi
  chroot "$root" apt-get clean
  rm -rf "$root"/usr/share/{doc,man,locale}/* "$root"/var/lib/apt/lists/*
}

systemd_only() {
  local root=$1
  mkdir "$root/opt/packed"
  # apt-get download gives up root, and then may not write.
  [ ${#packed[@]} -eq 0 ] ||
    chroot "$root" sh -c 'cd /opt/packed && apt-get -o APT::Sandbox::User=root download "$@"' sh "${packed[@]}"
  # None of these is to touch the firewall of a machine that did not ask for it.
  systemctl --root="$root" --quiet disable nftables "${firewalls[@]}"
  [ "$release" = bookworm ] || systemctl --root="$root" --quiet enable systemd-networkd
}

if [ ! -d "$final" ]; then
  [ "$(id -u)" = 0 ] || fail "debootstrap needs root"
  command -v debootstrap >/dev/null || fail "debootstrap is missing: bash scripts/setup.sh reboot"
  mkdir -p "$cache"
  # A second run waits for the first, then finds its result.
  exec 9>"$cache/root-$kind.lock"
  flock 9
fi
if [ ! -d "$final" ]; then
  echo "root: making a Debian of kind $kind; this takes about 2 minutes, and once only" >&2
  rm -rf --one-file-system "$cache/root-$kind-"*
  making=$final.making
  trap 'rm -rf --one-file-system "$making"' EXIT
  make "$making" </dev/null >"$cache/root-$kind.log" 2>&1 || {
    tail -n 20 "$cache/root-$kind.log" >&2
    fail "no Debian of kind $kind"
  }
  # A package may depend on it one day.
  case $kind in nft-*) ! chroot "$making" sh -c 'command -v iptables' >&2 || fail "a Debian of kind $kind has iptables" ;; esac
  mv -T "$making" "$final"
fi
echo "$final"
