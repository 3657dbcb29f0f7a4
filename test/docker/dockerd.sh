#!/bin/sh
# Runs dockerd on a lab host: `dockerd.sh start`, `stop`, `image` (makes one of a web server, of busybox
# alone), `tidy` (takes away what containers leave in the machine's cgroups).
# Everything that it writes lies in /run/docker-lab, which is gone with the host.
set -eu
lab=/run/docker-lab
export DOCKER_HOST="unix://$lab/socket"

mount_cgroups() {
  # Not mountpoint(1): the mounts that the lab's own /sys covers are listed too.
  [ -z "$(ls /sys/fs/cgroup)" ] || return 0
  # Version 1 where the machine has its controllers in hierarchies (cgroups(7), /proc/cgroups), else version 2.
  if ! awk '$1 == "memory" && $2 > 0 { found = 1 } END { exit !found }' /proc/cgroups; then
    mount -t cgroup2 cgroup /sys/fs/cgroup
    return
  fi
  mount -t tmpfs cgroup /sys/fs/cgroup
  for controller in cpu cpuacct cpuset memory devices freezer blkio pids; do
    mkdir "/sys/fs/cgroup/$controller"
    mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller"
  done
}

start() {
  mount_cgroups
  [ -d "$lab" ] || { mkdir "$lab" && mount -t tmpfs docker "$lab"; }
  # No overlay: the host's own root is one already.
  dockerd --storage-driver vfs --data-root "$lab/data" --exec-root "$lab/exec" --pidfile "$lab/pid" -H "$DOCKER_HOST" \
    </dev/null >>"$lab/log" 2>&1 &
  until docker info >/dev/null 2>&1; do
    kill -0 $! 2>/dev/null || { cat "$lab/log" >&2; exit 1; }
    sleep 0.1
  done
}

stop() {
  pid=$(cat "$lab/pid")
  kill "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
}

# With the libraries that it needs: busybox-static would take the place of the busybox that other tests run.
image() {
  mkdir -p "$lab/root/bin" "$lab/root/www"
  cp /bin/busybox "$lab/root/bin/"
  ldd /bin/busybox | sed -n 's|^[^/]*\(/[^ ]*\) (.*|\1|p' | while read -r library; do
    mkdir -p "$lab/root${library%/*}"
    cp "$library" "$lab/root$library"
  done
  echo container >"$lab/root/www/index.html"
  tar -C "$lab/root" -c . | docker import - web
}

tidy() {
  find /sys/fs/cgroup -depth -path '*/docker*' -type d -exec rmdir {} + 2>/dev/null || true
}

"$@"
