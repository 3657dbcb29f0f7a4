#!/usr/bin/env bash
# Runs in the lab's switch: moves the controller's cable from the hosts' bridge to one of its own, with the relay's
# two devices between them, or back.
#
#   relay.sh plug | unplug
set -euo pipefail

case ${1-} in
  plug)
    ip -batch - <<END
link add br1 type bridge mcast_snooping 0
link set br1 up
link set near0 master br1 up
link set far0 master br0 up
link set controller master br1
END
    ;;
  unplug)
    ip -batch - <<END
link set controller master br0
link del br1
END
    ;;
  *) exit 2 ;;
esac
