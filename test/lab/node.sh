#!/usr/bin/env bash
# First process of a node. switch.sh starts it in namespaces of its own; what it mounts and writes is seen by this
# node only, and gone with it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$1 switch=$2 variant=$3 name=$4 digits=$5
trap 'echo "$name failed" >&4' EXIT

# What the mounts below may hide (the repository and the lab can lie in a home or in /tmp) is opened or read before.
exec 5<"$here/foreign-ipv4.rules" 6<"$here/foreign-ipv6.rules" 7<"$here/sshd.sh" 9<"$here/foreign.nft"
repository=$(cd "$here/../.." && pwd)
exec 8<"$repository"
read -r self _ </proc/self/stat
echo "$self" >"$dir/nodes/$name"
hosts_file=$(cat "$dir/hosts")
lab_key=$(cat "$dir/id_ed25519.pub")

network() {
  # No address waits for duplicate detection, and no packet is sent that the test did not ask for.
  sysctl -q net.ipv6.conf.{all,default}.{disable_ipv6=0,accept_dad=0,accept_ra=0} \
    net.ipv4.conf.{all,default}.rp_filter=0
  ip link add eth0 type veth peer name "$name" netns "/proc/$switch/ns/net"
  nsenter --target "$switch" --net ip link set "$name" master br0 up
  ip -batch - <<END
link set lo up
link set eth0 up
address add 192.0.2.$digits/24 dev eth0
address add 2001:db8:2::$digits/64 dev eth0 nodad
END
  [ "$name" = controller ] || ip -batch - <<END
route add 198.51.100.0/24 via 192.0.2.1
route add 2001:db8:51::/48 via 2001:db8:2::1
END
}

overlay() {
  local layer=$dir/mnt/${1//\//_}
  mkdir "$layer" "$layer/upper" "$layer/work"
  mount -t overlay -o "lowerdir=$1,upperdir=$layer/upper,workdir=$layer/work" overlay "$1"
}

empty() {
  mount -t tmpfs -o "mode=$2" lab "$1"
}

identity() {
  hostname "$name"
  echo "$name" >/etc/hostname
  rm -f /etc/hosts
  echo "$hosts_file" >/etc/hosts
}

# OpenSSH takes a home from passwd, not from HOME: this keeps it out of the machine's ~/.ssh.
controller_files() {
  empty "$dir/mnt" 0755
  overlay /etc
  empty /run 0755
  sed -i "s|^\(root:.*:\)[^:]*\(:[^:]*\)$|\1$dir/home\2|" /etc/passwd
}

host_files() {
  empty "$dir/mnt" 0755
  overlay /etc
  overlay /var/lib
  [ "$variant" != nftables ] || hide_iptables
  # The machine's host keys and settings are not this host's.
  rm -rf /etc/ssh
  mkdir /etc/ssh
  ssh-keygen -q -t ed25519 -N "" -C "$name" -f /etc/ssh/ssh_host_ed25519_key
  cp /etc/ssh/ssh_host_ed25519_key.pub "$dir/nodes/$name.pub"
  empty /root 0700
  empty /home 0755
  empty /run 0755
  empty /var/log 0755
  empty /dev/shm 1777
  empty /var/tmp 1777
  empty /tmp 1777
  # A write anywhere else fails instead of reaching the machine.
  mount -o remount,bind,ro /
  show_repository
}

# As on a host that never had it: no folder of programs has any of its tools.
hide_iptables() {
  local folder tools
  shopt -s nullglob
  for folder in /usr/sbin /usr/bin /sbin /bin; do
    [ ! -L "$folder" ] || continue
    tools=("$folder"/{ip,ip6,x,eb,arp}tables*)
    [ ${#tools[@]} -gt 0 ] || continue
    overlay "$folder"
    rm "${tools[@]}"
    mount -o remount,bind,ro "$folder"
  done
  rm -f /etc/alternatives/{ip,ip6,eb,arp}tables*
  shopt -u nullglob
}

# Tests run programs of the repository on hosts, wherever people cloned it to.
show_repository() {
  [ ! -e "$repository/package.json" ] || return 0
  mkdir -p "$repository"
  mount --no-canonicalize --bind /proc/self/fd/8 "$repository"
  mount -o remount,bind,ro "$repository"
}

# ops uses sudo with a password, deploy without one.
accounts() {
  local user id=2000
  for user in ops deploy; do
    id=$((id + 1))
    echo "$user:x:$id:$id::/home/$user:/bin/bash" >>/etc/passwd
    echo "$user:x:$id:" >>/etc/group
    echo "$user:*:19000:0:99999:7:::" >>/etc/shadow
    install -d -m 0700 -o "$id" -g "$id" "/home/$user" "/home/$user/.ssh"
    echo "$lab_key" >"/home/$user/.ssh/authorized_keys"
  done
  install -d -m 0700 /root/.ssh
  echo "$lab_key" >/root/.ssh/authorized_keys
  echo "ops:ops-password" | chpasswd --crypt-method SHA512
  printf 'ops ALL=(ALL:ALL) ALL\ndeploy ALL=(ALL:ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/lab
  chmod 0440 /etc/sudoers.d/lab
}

firewall() {
  local family suffix=$variant
  if [ "$variant" = nftables ]; then
    nft -f - <&9
    return
  fi
  [ "$variant" = legacy ] || suffix=nft
  for family in iptables ip6tables; do
    ln -sf "/usr/sbin/$family-$suffix" "/etc/alternatives/$family"
    ln -sf "/usr/sbin/$family-$suffix-save" "/etc/alternatives/$family-save"
    ln -sf "/usr/sbin/$family-$suffix-restore" "/etc/alternatives/$family-restore"
  done
  iptables-restore <&5
  ip6tables-restore <&6
}

services() {
  cat >/etc/ssh/sshd_config <<END
AddressFamily any
HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
PasswordAuthentication yes
UsePAM no
UseDNS no
MaxStartups 200
Subsystem sftp internal-sftp
END
  cat <&7 >/etc/ssh/restart.sh
  sh /etc/ssh/restart.sh
  mkdir /run/www
  echo "$name" >/run/www/index.html
  busybox httpd -p "[::]:8080" -h /run/www
}

network
if [ "$name" = controller ]; then
  controller_files
  identity
  mount -t proc proc /proc
  mount -t sysfs sysfs /sys
else
  host_files
  identity
  mount -t proc proc /proc
  mount -t sysfs sysfs /sys
  accounts
  firewall
  # The daemons would hold these open.
  (exec 4>&- 5<&- 6<&- 8<&- 9<&-; services)
fi

trap - EXIT
echo "$name up" >&4
exec 4>&- 5<&- 6<&- 7<&- 8<&- 9<&-
# Waiting for a child reaps orphans too; a loop, because a test may kill the sleep.
while :; do
  sleep infinity &
  wait $! || true
done
