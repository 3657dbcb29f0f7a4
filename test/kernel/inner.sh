#!/usr/bin/env bash
# Puts another host behind one of the world's, which forwards to it.
#
#   inner.sh NAME [silent]        silent: it answers nothing
set -euo pipefail

name=$1 outside=02:00:00:00:00:03 inside=02:00:00:00:00:04

ip netns add "$name-in"
ip -n "$name" link add inner address $outside type veth peer name eth0 address $inside netns "$name-in"
ip netns exec "$name" sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip netns exec "$name-in" sysctl -q -w net.ipv6.conf.{all,default}.{disable_ipv6=0,accept_dad=0,accept_ra=0} \
  net.ipv4.icmp_ratemask=0 net.ipv6.icmp.ratemask=255
ip -n "$name" -batch - <<END
link set inner up
address add 203.0.113.1/24 dev inner
address add 2001:db8:3::1/64 dev inner nodad
neighbour add 203.0.113.2 lladdr $inside nud permanent dev inner
neighbour add 2001:db8:3::2 lladdr $inside nud permanent dev inner
END
ip -n "$name-in" -batch - <<END
link set eth0 up
address add 203.0.113.2/24 dev eth0
address add 2001:db8:3::2/64 dev eth0 nodad
neighbour add 203.0.113.1 lladdr $outside nud permanent dev eth0
neighbour add 2001:db8:3::1 lladdr $outside nud permanent dev eth0
route add default via 203.0.113.1
route add default via 2001:db8:3::1
END
if [ "${2-}" = silent ]; then
  ip netns exec "$name-in" nft 'table inet silence { chain input { type filter hook input priority 0; drop; }; }'
fi
