#!/bin/sh
# Starts a host's sshd anew, and returns once it listens: the pid file is written after the sockets are bound.
set -eu
if [ -s /run/sshd.pid ]; then
  old=$(cat /run/sshd.pid)
  kill "$old"
  while kill -0 "$old" 2>/dev/null; do sleep 0.01; done
  rm -f /run/sshd.pid
fi
mkdir -p /run/sshd
/usr/sbin/sshd -E /var/log/sshd.log
until [ -s /run/sshd.pid ]; do sleep 0.01; done
