#!/sbin/openrc-run
# shellcheck shell=sh
# Loads the doors of port knocking (pulumi-portknock).
# openrc-run reads these.
# shellcheck disable=SC2034
description="Doors of port knocking"

depend() {
  before net
  after bootmisc modules iptables ip6tables nftables ufw
}

start() {
  ebegin "Loading the doors of port knocking"
  sh /etc/portknock/load.sh
  eend $?
}
