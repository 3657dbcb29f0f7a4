#!/bin/sh
# Puts tool.sh, from stdin, in front of the tools of a lab host's sessions.
set -eu
faults=/etc/faults
mkdir -p $faults/bin $faults/real $faults/state
cat >$faults/tool.sh
chmod 755 $faults/tool.sh
mkfifo $faults/release
# It makes the host one that OpenRC boots, so that what is stored counts.
printf '#!/bin/sh\nexit 0\n' >$faults/rc-update
chmod 755 $faults/rc-update
for tool in "$@"; do
  ln -s "$(command -v "$tool" || echo "$faults/$tool")" "$faults/real/$tool"
  ln -s $faults/tool.sh "$faults/bin/$tool"
done
echo "SetEnv PATH=$faults/bin:$PATH" >>/etc/ssh/sshd_config
sh /etc/ssh/restart.sh
