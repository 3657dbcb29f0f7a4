#!/usr/bin/env bash
# First process of a lab: the switch that joins the nodes, and the reaper of what they leave. lab.sh starts it in
# namespaces of its own.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$1 hosts=$2 variant=$3

# The machine's /proc is still mounted here, so this is the pid by which the machine knows this process.
read -r self _ </proc/self/stat
echo "$self" >"$dir/nodes/switch"

sysctl -q net.ipv6.conf.{all,default}.disable_ipv6=1
ip link add br0 type bridge mcast_snooping 0
ip link set br0 up

ssh-keygen -q -t ed25519 -N "" -C lab -f "$dir/id_ed25519"
{
  printf '127.0.0.1 localhost\n::1 localhost\n192.0.2.1 controller\n2001:db8:2::1 controller\n'
  for ((i = 1; i <= hosts; i++)); do
    printf '192.0.2.%d h%d\n2001:db8:2::%d h%d\n' $((10 + i)) "$i" $((10 + i)) "$i"
  done
} >"$dir/hosts"

mkfifo "$dir/nodes/up"
exec 4<>"$dir/nodes/up"
node() {
  unshare --mount --uts --ipc --net --pid --fork --kill-child \
    bash "$here/node.sh" "$dir" "$self" "$variant" "$@" &
}
node controller 1
for ((i = 1; i <= hosts; i++)); do
  node "h$i" $((10 + i))
done
for ((i = 0; i <= hosts; i++)); do
  read -r name state <&4
  [ "$state" = up ] || { echo "$name: $state" >&2 && exit 1; }
done
exec 4>&-

pid() { cat "$dir/nodes/$1"; }
address() { printf '"ipv4": "192.0.2.%d", "ipv6": "2001:db8:2::%d"' "$1" "$1"; }
{
  printf '{\n  "dir": "%s",\n  "switchPid": %d,\n  "privateKeyFile": "%s",\n' "$dir" "$self" "$dir/id_ed25519"
  printf '  "controller": { "name": "controller", "pid": %d, %s },\n  "hosts": [' "$(pid controller)" "$(address 1)"
  for ((i = 1; i <= hosts; i++)); do
    read -r type key _ <"$dir/nodes/h$i.pub"
    printf '%s\n    { "name": "h%d", "pid": %d, %s, "hostKey": "%s %s" }' \
      "$([ "$i" -eq 1 ] || echo ,)" "$i" "$(pid "h$i")" "$(address $((10 + i)))" "$type" "$key"
  done
  printf '\n  ]\n}\n'
} >"$dir/lab.json"
echo ready 1<>"$dir/report"

# Waiting for children reaps orphans too.
wait
