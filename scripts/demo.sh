#!/usr/bin/env bash
# Tells the story of the 2013 article with ordinary tools, on a host in the lab: npm run demo (as root, about a minute
# after a set-up that takes some minutes the first time). Every step is checked; the first that fails ends it.
# With --language yaml the program is Pulumi YAML, and the plugin runs its door; else it is TypeScript. With --backend nftables
# the host has no iptables.
set -euo pipefail

language=typescript backend=iptables
while [ $# -gt 0 ]; do
  case $1:${2-} in
    --language:typescript | --language:yaml) language=$2 ;;
    --backend:iptables | --backend:nftables) backend=$2 ;;
    *)
      echo "usage: demo.sh [--language typescript|yaml] [--backend iptables|nftables]" >&2
      exit 2
      ;;
  esac
  shift 2
done
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
steps=8
# shellcheck source=scripts/demo/firewall/iptables.sh
. "$root/scripts/demo/firewall/$backend.sh"
# shellcheck source=scripts/demo/stage.sh
. "$root/scripts/demo/stage.sh"
open_stage
ssh_soon="ssh -o ConnectTimeout=1"

step "The host as it is: SSH answers everyone"
on controller "ssh $host hostname"
show
expect '^h1$' "it lets us in"
firewall start

step "One knock, as in the article: tcp/1000 opens tcp/22 for 5 seconds"
must controller "pulumi config set --secret sequence tcp/1000"
must controller "pulumi config"
show tail -n +2
must controller "pulumi preview --diff"
show_rules 'dport'
for rule in "${article[@]}"; do need "$rule"; done
ok "every rule is in the preview, the four of the article among them"
reject '\<1000\>'
expect 'dport <knock 1> ' "the secret is not"
must controller "pulumi up --yes --skip-preview"
show grep 'PortKnock h1 created'
ok "applied, after a fresh connection had got in with the knock"

step "Without a knock, SSH does not answer"
# Pulumi's own knock, a moment ago, came from the same address.
await_closed "$ssh_soon $host hostname"
expect "port 22: Connection timed out" "closed over IPv4"
on controller "$ssh_soon $host6 hostname"
show
expect "port 22: Connection timed out" "closed over IPv6"

step "Knock, and SSH lets you in"
knocked=$EPOCHREALTIME
open_session "nc -z -w1 $host 1000 ; ssh $host"
ask hostname
answered h1 "it let us in"

step "Seconds later the door is closed again, and who is in stays in"
await_closed "$ssh_soon $host hostname"
passed=$(milliseconds_since "$knocked")
[ "$passed" -ge 4900 ] || fail "it closed after $passed ms"
expect "port 22: Connection timed out" "$((passed / 1000)) s after the knock a new connection is refused"
# The shell of the session is to expand it.
# shellcheck disable=SC2016
ask 'echo "still on $(hostname)"'
answered "still on h1" "the open session lives on"
close_session

step "Three knocks of three kinds: tcp/7000, udp/8000, a ping of 120 bytes"
must controller "pulumi config set --secret sequence tcp/7000,udp/8000,icmp/120"
must controller "pulumi up --yes --skip-preview --diff"
show_rules "[+] .*<knock [123]> .*$remembered"
ok "changed in place, after a fresh connection had got in with the new knocks"
tcp="nc -z -w1 $host 7000" udp="echo | nc -u -q0 $host 8000" ping="ping -q -c1 -s120 $host"
quietly await_closed "$ssh_soon $host hostname"
for knock in "$udp" "$tcp" "$ping" "$ssh_soon $host hostname"; do on controller "$knock"; done
show
expect "port 22: Connection timed out" "in another order they open nothing"
for knock in "$tcp" "$udp" "$ping" "$ssh_soon $host hostname"; do on controller "$knock"; done
show
expect '^h1$' "in this order they open the door"

step "Someone tampers with the rules on the host: refresh tells, up repairs"
firewall door
chain=$(door_chain <"$dir/door.rules")
must h1 "$(delete_drop "$chain")"
must h1 "$(insert_accept "$chain")"
must controller "pulumi refresh --yes --skip-preview --diff"
show_rules '(missing|unexpected) '
expect "missing (ipv4): .*22 .*$dropped" "it names the rule that is gone"
expect "unexpected (ipv4): .*198.51.100.66" "and the one that is not ours"
must controller "pulumi up --yes --skip-preview --diff"
show_rules '(missing|unexpected) '
firewall now
same door now "the host's rules are as before the tampering"

step "pulumi destroy leaves the host as it was"
must controller "pulumi destroy --yes --skip-preview"
show grep 'PortKnock h1 deleted'
must h1 "$save_all"
firewall now
same start now "byte-identical to the start, counters and dates aside"
on controller "ssh $host hostname"
show
expect '^h1$' "SSH answers everyone again"

finish
