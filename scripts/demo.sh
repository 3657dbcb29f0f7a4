#!/usr/bin/env bash
# Tells the story of the 2013 article with ordinary tools, on a host in the lab: npm run demo (as root, about a minute
# after a set-up that takes some minutes the first time). Every step is checked; the first that fails ends it.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
steps=8
# shellcheck source=scripts/demo/stage.sh
. "$root/scripts/demo/stage.sh"
open_stage

step "The host as it is: SSH answers everyone"
on controller "ssh $host hostname"
show
expect '^h1$' "it let us in without a knock"
firewall >"$dir/start.rules"

step "One knock, as in the article: tcp/1000 opens tcp/22 for 5 seconds"
on controller "cat Pulumi.demo.yaml"
show tail -n 2
on controller "pulumi config set --secret --path sequences.h1 tcp/1000"
succeed
on controller "pulumi preview --diff"
show_rules '--dport'
expect 'recent --rcheck --seconds 5 ' "every rule is in the preview, those of the article among them"
expect 'dport <knock 1> ' "the secret is not"
reject '\<1000\>'
on controller "pulumi up --yes --skip-preview"
show grep -E '^    \+ .* created'
succeed "applied, after a fresh connection had got in with the knock"

step "Without a knock, SSH does not answer"
# Pulumi's own knock, a moment ago, came from the same address.
await_closed "$ssh_soon hostname"
expect_last "port 22: Connection timed out" "closed over IPv4"
on controller "nc -zv -w1 $host6 22"
show
expect 'timed out' "closed over IPv6"

step "Knock, and SSH lets you in"
knocked=$EPOCHREALTIME
open_session "nc -z -w1 $host 1000 ; ssh $host"
ask hostname
answered h1 "in"

step "Seconds later the door is closed again, and who is in stays in"
await_closed "$ssh_soon hostname"
passed=$(milliseconds_since "$knocked")
[ "$passed" -ge 4900 ] || fail "it closed after $passed ms"
expect_last "port 22: Connection timed out" "a new connection is refused; $((passed / 1000)) s after the knock"
# It goes into the session as it is.
# shellcheck disable=SC2016
ask 'echo "still on $(hostname)"'
answered "still on h1" "the open session lives on"
close_session

step "Three knocks of three kinds: tcp/7000, udp/8000, a ping of 120 bytes"
on controller "pulumi config set --secret --path sequences.h1 tcp/7000,udp/8000,icmp/120"
succeed
on controller "pulumi up --yes --skip-preview --diff"
show_rules '[+] .*<knock [123]> .*--set'
succeed "the door was changed without being open or lost in between"
tcp="nc -z -w1 $host 7000" udp="echo | nc -u -q0 $host 8000" ping="ping -qc1 -s120 $host"
quietly await_closed "$ssh_soon hostname"
on controller "$udp ; $tcp ; $ping ; $ssh_soon hostname"
show tail -n 1
expect_last "port 22: Connection timed out" "in another order they open nothing"
on controller "$tcp ; $udp ; $ping ; $ssh_soon hostname"
show tail -n 1
expect_last '^h1$' "in this order they open the door"

step "Someone tampers with the rules on the host: refresh tells, up repairs"
firewall >"$dir/door.rules"
chain=$(grep -om1 'PK-[0-9a-f]*' "$dir/door.rules")
on h1 "iptables -D $chain -p tcp --dport 22 -j DROP"
succeed
on h1 "iptables -I $chain -s 198.51.100.66 -j ACCEPT"
succeed
on controller "pulumi refresh --yes --skip-preview --diff"
show_rules '(missing|unexpected) '
expect "missing (ipv4): .*-j DROP" "it names the rule that is gone"
expect "unexpected (ipv4): .*198.51.100.66" "and the one that is not ours"
on controller "pulumi up --yes --skip-preview --diff"
show_rules '(missing|unexpected) '
succeed
firewall >"$dir/now.rules"
same door now "the host's rules are as before the tampering"

step "pulumi destroy leaves the host as it was"
on controller "pulumi destroy --yes --skip-preview"
show grep -E '^ -  .* deleted'
succeed
firewall >"$dir/now.rules"
say_command h1 "iptables-save ; ip6tables-save"
same start now "byte-identical to the start, counters and dates aside"
on controller "ssh $host hostname"
show
expect '^h1$' "SSH answers everyone again"

finish
