#!/usr/bin/env bash
# First process of a world: namespaces in which nothing reaches the machine. Its /run is its own, and with it the
# namespaces that `ip netns` names there and the lock of iptables-legacy.
#
#   world.sh        says its pid, and ends with its input
set -euo pipefail

# The machine's /proc is still mounted here, so this is the pid by which the machine knows this process.
read -r self _ </proc/self/stat
mount -t tmpfs world /run
# No answer is ever sent to an address of the client itself, since it has none.
sysctl -q net.ipv6.conf.{all,default}.disable_ipv6=1
ip link set lo up
echo "$self"
cat >/dev/null
