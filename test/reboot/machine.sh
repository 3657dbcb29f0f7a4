#!/usr/bin/env bash
# A Debian with systemd, booted by systemd-nspawn at the switch of a lab: its packets stay in the lab, and it ends with
# the lab, however that ends. What it writes lies in memory, and outlives its reboots only.
#
#   unshare --mount bash machine.sh keep LAB-DIR ROOT nf_tables|legacy|nftables
#
# In LAB-DIR/nodes it leaves machine (the pid whose grandchild is the first process of the booted system) and machine.pub
# (the host's key).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
command=$1 dir=$2 root=$3 variant=$4
top=$dir/mnt/root
group=/sys/fs/cgroup/$(basename "$dir")

# Ends after the machine: a control group does not go with its processes.
keep() {
  # The machine may have control groups of version 1, where a payload's systemd would look for its own.
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  mkdir "$group"
  nsenter --target "$(cat "$dir/nodes/switch")" --net --uts --ipc --pid -- \
    unshare --mount bash "$here/machine.sh" boot "$dir" "$root" "$variant" || true
  while grep -q '^populated 1' "$group/cgroup.events"; do sleep 0.02; done
  find "$group" -depth -type d -exec rmdir {} +
}

files() {
  mount -t tmpfs -o mode=0755 machine "$dir/mnt"
  mkdir "$dir"/mnt/{upper,work,root}
  mount -t overlay -o "lowerdir=$root,upperdir=$dir/mnt/upper,workdir=$dir/mnt/work" overlay "$top"
  echo m1 >"$top/etc/hostname"
  echo "127.0.0.1 localhost m1" >"$top/etc/hosts"
  # As the lab's other hosts have it.
  printf 'systemctl restart ssh\n' >"$top/etc/ssh/restart.sh"
  install -d -m 0700 "$top/root/.ssh"
  cp "$dir/id_ed25519.pub" "$top/root/.ssh/authorized_keys"
  ssh-keygen -q -t ed25519 -N "" -C m1 -f "$top/etc/ssh/ssh_host_ed25519_key"
  cp "$top/etc/ssh/ssh_host_ed25519_key.pub" "$dir/nodes/machine.pub"
}

# For ifupdown, and for systemd-networkd. No address waits for duplicate detection.
network() {
  mkdir -p "$top/etc/network" "$top/etc/systemd/network"
  cat >"$top/etc/network/interfaces" <<END
auto lo host0
iface lo inet loopback
iface host0 inet static
  address 192.0.2.101/24
iface host0 inet6 static
  address 2001:db8:2::101/64
  accept_ra 0
  dad-attempts 0
END
  cat >"$top/etc/systemd/network/10-host0.network" <<END
[Match]
Name=host0
[Network]
IPv6AcceptRA=no
Address=192.0.2.101/24
[Address]
Address=2001:db8:2::101/64
DuplicateAddressDetection=none
END
}

variant() {
  local family suffix=$variant
  # Its root has no iptables.
  [ "$variant" != nftables ] || return 0
  [ "$variant" = legacy ] || suffix=nft
  for family in iptables ip6tables; do
    ln -sf "/usr/sbin/$family-$suffix" "$top/etc/alternatives/$family"
    ln -sf "/usr/sbin/$family-$suffix-save" "$top/etc/alternatives/$family-save"
    ln -sf "/usr/sbin/$family-$suffix-restore" "$top/etc/alternatives/$family-restore"
  done
}

boot() {
  local self
  echo 0 >"$group/cgroup.procs"
  # The machine's /proc is still mounted here, so this is the pid by which the machine knows this process.
  read -r self _ </proc/self/stat
  files
  network
  variant
  mount -t proc proc /proc
  # systemd-nspawn passes files on through it, and refuses to when it lies on a disk.
  mount -t tmpfs -o mode=0755 machine /run
  echo "$self" >"$dir/nodes/machine"
  export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
  local code=133
  # With --keep-unit it ends in this way when the system in it wants to be rebooted.
  while [ "$code" = 133 ]; do
    code=0
    # Without systemd on this machine there is nobody to register with, and no unit but the one that it is not in.
    systemd-nspawn --quiet --boot --directory="$top" --machine=m1 --private-users=no --network-bridge=br0 \
      --register=no --keep-unit --console=pipe --link-journal=no --resolv-conf=off --timezone=off || code=$?
  done
  echo "systemd-nspawn ended with $code"
}

case $command in
  keep | boot) "$command" ;;
  *) exit 2 ;;
esac
