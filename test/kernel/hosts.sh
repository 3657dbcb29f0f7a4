#!/usr/bin/env bash
# Adds hosts to the world it runs in, each at the other end of a cable of its own.
#
#   hosts.sh NAME…
set -euo pipefail

client=02:00:00:00:00:01 host=02:00:00:00:00:02

for name; do
  echo "netns add $name"
  echo "link add $name address $client type veth peer name eth0 address $host netns $name"
  echo "link set $name up"
done | ip -batch -

# Every source is answered by way of a neighbour that needs no asking; errors are answered without a limit of rate.
for name; do
  ip netns exec "$name" sysctl -q -w net.ipv6.conf.{all,default}.{disable_ipv6=0,accept_dad=0,accept_ra=0} \
    net.ipv4.conf.{all,default}.rp_filter=0 net.ipv4.icmp_ratemask=0 net.ipv6.icmp.ratemask=255
  ip -n "$name" -batch - <<END
link set lo up
link set eth0 up
address add 192.0.2.10/24 dev eth0
address add 2001:db8:2::10/64 dev eth0 nodad
neighbour add 192.0.2.1 lladdr $client nud permanent dev eth0
neighbour add 2001:db8:2::1 lladdr $client nud permanent dev eth0
route add 198.51.100.0/24 via 192.0.2.1
route add 2001:db8:51::/64 via 2001:db8:2::1
END
done
