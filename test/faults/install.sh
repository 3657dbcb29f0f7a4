#!/bin/sh
# Puts tool.sh, from stdin, in front of the tools of a lab host's sessions: install.sh system|busybox TOOL...
set -eu
flavour=$1
shift
faults=/etc/faults
mkdir -p $faults/bin $faults/real $faults/state $faults/tools
cat >$faults/tool.sh
chmod 755 $faults/tool.sh
mkfifo $faults/release
: >$faults/applets.sh
# It makes a host without systemd one that OpenRC boots, so that what is stored counts.
mkdir -p /etc/runlevels/boot
cat >$faults/tools/rc-update <<'END'
#!/bin/sh
case " $* " in
  *" add "*) ln -s /etc/init.d/portknock /etc/runlevels/boot/portknock ;;
  *" delete "*) rm /etc/runlevels/boot/portknock ;;
esac
END
chmod 755 $faults/tools/rc-update
if [ "$flavour" = busybox ]; then
  for applet in $(busybox --list); do ln -s "$(command -v busybox)" "$faults/tools/$applet"; done
  if command -v iptables >/dev/null; then firewall='/usr/sbin/ip*tables*'; else firewall=nft; fi
  # shellcheck disable=SC2086 # a pattern
  for tool in flock $firewall; do ln -sf "$(command -v "$tool")" $faults/tools/; done
  search=$faults/tools
else
  search=$faults/tools:$PATH
fi
for tool in "$@"; do
  real=$(PATH=$search command -v "$tool") || continue
  ln -s "$real" "$faults/real/$tool"
  ln -s $faults/tool.sh "$faults/bin/$tool"
  # busybox-static's shell looks for its own applets before it looks into PATH, but for functions first of all.
  case $tool in
    *-*) ;;
    # It is called in the background, and what it starts is not waited for.
    setsid) echo "$tool() { exec $faults/bin/$tool \"\$@\"; }" ;;
    *) echo "$tool() { $faults/bin/$tool \"\$@\"; }" ;;
  esac >>$faults/applets.sh
done
echo "SetEnv PATH=$faults/bin:$search" >>/etc/ssh/sshd_config
sh /etc/ssh/restart.sh
