#!/usr/bin/env bash
# A lab of real hosts on one machine: every node is a set of namespaces, so that neither its packets nor its
# files reach the machine.
#
#   lab.sh up [--hosts N] [--variant nf_tables|legacy|nftables] [--owner PID]   prints the lab as JSON
#   lab.sh exec DIR controller|h1|h2… -- COMMAND…
#   lab.sh down DIR
#
# nf_tables and legacy say which iptables its hosts have; hosts of the variant nftables have nft, and no iptables.
#
# The lab ends with its owner, however that ends; the owner is the calling process unless another is named.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PATH=$PATH:/usr/sbin:/sbin

fail() {
  echo "lab: $*" >&2
  exit 1
}

up() {
  local hosts=1 variant=nf_tables owner=$PPID answer=
  while [ $# -gt 0 ]; do
    case $1 in
      --hosts) hosts=${2-} ;;
      --variant) variant=${2-} ;;
      --owner) owner=${2-} ;;
      *) fail "unknown option $1" ;;
    esac
    shift $(($# > 1 ? 2 : 1))
  done
  [[ $hosts =~ ^[1-9][0-9]?$ && $hosts -le 80 ]] || fail "--hosts takes 1 to 80"
  [[ $variant =~ ^(nf_tables|legacy|nftables)$ ]] || fail "--variant takes nf_tables, legacy or nftables"
  [[ $owner =~ ^[0-9]+$ && $owner -gt 1 && -d /proc/$owner ]] || fail "--owner takes the pid of a running process that will end"
  [ "$(id -u)" = 0 ] || fail "needs root, for network and mount namespaces"

  local dir
  dir=$(mktemp -d "${TMPDIR:-/tmp}/portknock-lab.XXXXXX")
  mkdir "$dir/nodes" "$dir/home" "$dir/mnt"
  mkfifo "$dir/control" "$dir/report"
  exec 3<>"$dir/report"
  setsid bash "$here/lab.sh" keep "$dir" "$hosts" "$variant" "$owner" </dev/null >"$dir/log" 2>&1 3>&- &
  read -r -t 60 -u 3 answer || answer="nothing after 60 s"
  if [ "$answer" != ready ]; then
    cat "$dir/log" >&2 2>/dev/null || true
    down "$dir"
    fail "did not come up: $answer"
  fi
  cat "$dir/lab.json"
}

# The owner's start time tells it from a later process with the same pid; a zombie has ended.
owner_started() {
  local stat
  started=
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
  read -r -a stat <<<"${stat##*) }"
  [ "${stat[0]}" = Z ] || started=${stat[19]}
}

# Outlives a SIGKILL of the owner's whole process group (setsid above), ends the lab and removes its directory.
keep() {
  local dir=$1 hosts=$2 variant=$3 owner=$4 started first lab reported="" stop=""
  exec 3<>"$dir/control"
  trap 'stop=1' TERM INT HUP
  owner_started "$owner"
  first=$started
  setpriv --pdeathsig KILL unshare --net --uts --ipc --pid --fork --kill-child \
    bash "$here/switch.sh" "$dir" "$hosts" "$variant" 3>&- &
  lab=$!
  while [ -z "$stop" ] && [ -n "$started" ] && [ "$started" = "$first" ]; do
    if [ -z "$reported" ] && ! kill -0 "$lab" 2>/dev/null; then
      reported=1
      echo "the lab has ended" 1<>"$dir/report"
    fi
    # The read is the pause: it costs no process.
    read -r -t 0.1 -u 3 _ && stop=1
    owner_started "$owner"
  done
  # Nobody reads it once the lab is up.
  echo "its owner has ended" 1<>"$dir/report"
  # Killing the first process of the pid namespace and waiting for it is waiting for all processes of the lab.
  if kill -0 "$lab" 2>/dev/null; then
    kill -KILL "$(cat "$dir/nodes/switch" 2>/dev/null || echo "$lab")" || true
    wait "$lab" || true
  fi
  rm -rf --one-file-system "$dir"
}

down() {
  local dir=$1 tries
  [ -p "$dir/control" ] || return 0
  echo down 1<>"$dir/control"
  for ((tries = 0; tries < 1000; tries++)); do
    [ -d "$dir" ] || return 0
    sleep 0.01
  done
  fail "$dir is still there after 10 s"
}

# --wdns and not --wd: the second would name a directory of the machine from inside a node.
enter() {
  local dir=$1 node=$2 cwd=/
  shift 2
  [ "${1-}" != -- ] || shift
  [ -s "$dir/nodes/$node" ] || fail "no node $node in $dir"
  if [ "$node" = controller ]; then
    # Caches stay the caller's: there is no network in here to fill others from.
    export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache} npm_config_cache=${npm_config_cache:-$HOME/.npm}
    export HOME=$dir/home
    cwd=$PWD
  else
    export HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  fi
  exec nsenter --target "$(cat "$dir/nodes/$node")" --mount --uts --ipc --net --pid --wdns="$cwd" -- "$@"
}

command=${1-}
[ $# -eq 0 ] || shift
case $command in
  up | keep | down) "$command" "$@" ;;
  exec) enter "$@" ;;
  *) sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit 2 ;;
esac
