# shellcheck shell=bash
# Sourced by demo.sh: the lab that it plays in, and how a command, its output and a verdict look.
# Commands run as background jobs that are waited for: only so does bash act on a signal before they end.

lab_sh=$root/test/lab/lab.sh
: "${steps:?}" "${language:?}" "${backend:?}" "${variant:?}" "${save_all:?}"
number=0 title="the lab" dir="" out="" job="" session="" last="" status=0 silent="" began=$EPOCHREALTIME

if [ -t 1 ] && [ -z "${NO_COLOR-}" ] && [ "${TERM-dumb}" != dumb ]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' plain=$'\e[0m'
  width=$(tput cols 2>/dev/null || echo 100)
else
  bold="" dim="" red="" green="" yellow="" plain="" width=100
fi
[ "$width" -le 110 ] || width=110

milliseconds_since() {
  echo $(((${EPOCHREALTIME/[.,]/} - ${1/[.,]/}) / 1000))
}

close_stage() {
  local code=$? group
  trap '' INT TERM HUP
  # Each is a session of its own, hence a group, and ends with all that it has started. Bash would report their ends.
  for group in $session $job; do kill -TERM -- "-$group" 2>/dev/null || true; done
  [ -z "$session" ] || wait "$session" 2>/dev/null || true
  cd /
  [ -z "$dir" ] || bash "$lab_sh" down "$dir" || true
  wait 2>/dev/null || true
  exit "$code"
}

interrupted() {
  printf '\n%sinterrupted%s\n' "$red" "$plain" >&2
  exit "$1"
}

wait_for() {
  job=$1 status=0
  wait "$job" || status=$?
  job=""
}

open_stage() {
  local lab key
  if [ "$(id -u)" != 0 ]; then
    echo "demo: the lab's network namespaces need root: sudo npm run demo" >&2
    exit 1
  fi
  trap close_stage EXIT
  trap 'interrupted 130' INT
  trap 'interrupted 143' TERM
  trap 'interrupted 129' HUP
  setsid bash "$root/scripts/setup.sh" </dev/null &
  wait_for $!
  [ "$status" = 0 ] || exit "$status"
  began=$EPOCHREALTIME

  # The caller's stacks, backends and keys have no part in this.
  unset "${!PULUMI_@}" SSH_AUTH_SOCK
  # shellcheck source=scripts/env.sh
  . "$root/scripts/env.sh"
  lab=$(bash "$lab_sh" up --owner $$ --variant "$variant")
  mapfile -t lab < <(node -p 'const { dir, hosts: [{ ipv4, ipv6, hostKey }] } = JSON.parse(process.argv[1]);
    [dir, ipv4, ipv6, hostKey].join("\n")' "$lab")
  # demo.sh needs the second address.
  # shellcheck disable=SC2034
  dir=${lab[0]} host=${lab[1]} host6=${lab[2]} key=${lab[3]}
  out=$dir/output

  # All of it lies in the lab's directory, which goes with the lab whatever ends this script.
  mkdir -m 0700 "$dir"/home/{.ssh,project,state,tmp}
  printf '%s\n' "IdentityFile $dir/id_ed25519" "BatchMode yes" "RequestTTY no" >"$dir/home/.ssh/config"
  echo "$host $key" >"$dir/home/.ssh/known_hosts"
  # Pulumi keeps a stack's configuration beside Pulumi.yaml, and so a folder of links keeps it out of the repository.
  ln -s "$root"/{node_modules,tsconfig.json} "$root/scripts/demo/$language"/* "$dir/home/project"
  cd "$dir/home/project" || exit 1
  export TMPDIR=$dir/home/tmp PULUMI_BACKEND_URL="file://$dir/home/state" PULUMI_CONFIG_PASSPHRASE=demo
  # What runs the door of a program that is not TypeScript.
  PATH=$root/node_modules/.bin:$PATH
  # `npm run check` checks the types; here they would cost a second or two a command.
  export PULUMI_NODEJS_TRANSPILE_ONLY=true
  quietly must controller "pulumi stack init demo && pulumi config set host $host &&
    pulumi config set --secret privateKey <$dir/id_ed25519 && pulumi config set backend $backend"
}

step() {
  number=$((number + 1)) title=$1
  printf '\n%s%d/%d  %s%s\n' "$bold" "$number" "$steps" "$1" "$plain"
}

quietly() {
  silent=1
  "$@"
  silent=""
}

say_command() {
  local prompt="$1# "
  [ "$1" != controller ] || prompt="$ "
  [ -n "$silent" ] || printf '     %s%s%s%s\n' "$bold" "$prompt" "$2" "$plain"
}

# on NODE COMMAND: leaves what it printed in $out, and its exit code in $status
on() {
  say_command "$@"
  last=$2
  setsid timeout 120 bash "$lab_sh" exec "$dir" "$1" -- bash -c "$2" </dev/null >"$out" 2>&1 &
  wait_for $!
}

# must NODE COMMAND: as on, and it has to succeed
must() {
  on "$@"
  [ "$status" = 0 ] || fail "exit code $status: $last"
}

# show [FILTER…]
show() {
  [ $# -gt 0 ] || set -- cat
  { "$@" <"$out" || true; } | fold -s -w $((width - 7)) | sed "s/\r//; s/^ *//; s/ *\$//; s/.*/       $dim&$plain/"
}

# show_rules PATTERN: of the rules in a diff those that changed and match
show_rules() {
  awk -v pattern="$1" -v width=$((width - 7)) -v dim="$dim" -v red="$red" -v green="$green" -v yellow="$yellow" \
    -v plain="$plain" -f "$root/scripts/demo/rules.awk" "$out"
}

ok() {
  printf '     %s✓%s %s\n' "$green" "$plain" "$1"
}

fail() {
  printf '     %s✗ %s%s\n' "$red" "$1" "$plain"
  {
    echo "demo: step $number ($title) did not do what it says: $1"
    [ ! -s "$out" ] || { echo "demo: $last" && sed 's/^/  /' "$out"; }
  } >&2
  exit 1
}

# expect PATTERN WHAT
expect() {
  need "$1"
  ok "$2"
}

need() {
  grep -q -- "$1" "$out" || fail "no \"$1\" in the output"
}

reject() {
  ! grep -q -- "$1" "$out" || fail "\"$1\" in the output"
}

# await_closed COMMAND: until it times out
await_closed() {
  local start=$EPOCHREALTIME outer=$silent
  say_command controller "$1"
  until quietly on controller "$1" && grep -q "port 22: Connection timed out" "$out"; do
    [ "$(milliseconds_since "$start")" -lt 20000 ] || fail "it is not closed after 20 s"
    sleep 0.1
  done
  [ -n "$outer" ] || show
}

open_session() {
  say_command controller "$1"
  mkfifo "$dir/to" "$dir/from"
  exec 5<>"$dir/to" 6<>"$dir/from"
  setsid bash "$lab_sh" exec "$dir" controller -- bash -c "$1" <"$dir/to" >"$dir/from" 2>"$out" 5>&- 6>&- &
  session=$!
}

# ask COMMAND: in the open session
ask() {
  say_command h1 "$1"
  echo "$1" >&5
  answer=""
  read -r -t 10 -u 6 answer || true
  [ -z "$answer" ] || printf '       %s%s%s\n' "$dim" "$answer" "$plain"
}

answered() {
  [ "$answer" = "$1" ] || fail "the session answered \"$answer\", not \"$1\""
  ok "$2"
}

close_session() {
  echo exit >&5
  wait_for "$session"
  session=""
  exec 5>&- 6>&-
}

# firewall NAME: keeps what the host has now
firewall() {
  quietly must h1 "$save_all"
  without_counters <"$out" >"$dir/$1.rules"
}

# same NAME NAME WHAT: of two firewalls
same() {
  diff "$dir/$1.rules" "$dir/$2.rules" >"$out" || fail "not so: $3"
  ok "$3 ($(wc -l <"$dir/$2.rules") lines)"
}

finish() {
  local seconds=$(($(milliseconds_since "$began") / 1000))
  printf '\n%s%d steps, each as promised, in %d s%s\n' "$green" "$number" "$seconds" "$plain"
}
