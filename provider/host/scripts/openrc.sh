#!/sbin/openrc-run
# shellcheck shell=sh
# Loads the doors of port knocking (pulumi-portknock).
# openrc-run reads these.
# shellcheck disable=SC2034
description="Doors of port knocking"

depend() {
  # Debian's own scripts have other names.
  before net networking
  after bootmisc modules mountkernfs.sh iptables ip6tables nftables ufw
}

start() {
  ebegin "Loading the doors of port knocking"
  sh /etc/portknock/load.sh
  eend $?
}
