# From the rules that are held, each after the number of its family, a line `--`, and the translations that nat_iptables.awk
# and nat_nft.awk print: a sentence on each that concerns a port of the door `id` (of each door, where it is empty), five at
# most. Needs nat_addresses.awk.

# note_nft: the ports of a door in nftables.
function note_nft(  list, type, input) {
  owner = $0
  sub(/^.*(goto|jump) PK-/, "", owner)
  type = /input-tcp |tcp / ? "tcp" : "udp"
  list = $7
  if ($2 == "rule") {
    list = $0
    sub(/^.*(dport|proto-dst) /, "", list); sub(/ goto .*/, "", list)
    if (match($0, /iifname "[^"]*"/)) { input = substr($0, RSTART + 9, RLENGTH - 10); sub(/\*$/, "+", input) }
  }
  sub(/-/, ":", list)
  bounds(list)
  doors++; from[doors] = low; to[doors] = high; kind[doors] = type; by[doors] = input
  on[doors] = family; of[doors] = substr(owner, 1, 10); forward[doors] = $5 ~ /^forward/
}
function bounds(text,  parts) { if (split(text, parts, ":") == 1) parts[2] = parts[1]; low = parts[1] + 0; high = parts[2] + 0 }
function is_in(first, last, protocol, list,  parts, count, i, text) {
  if (list == "-") return 0
  count = split(list, parts, ",")
  for (i = 1; i <= count; i++) {
    text = parts[i]
    if (text ~ /^[a-z]+\//) { if (index(text, protocol "/") != 1) continue; sub(/^[a-z]+\//, "", text) }
    bounds(text)
    if (first >= low && last <= high) return 1
  }
  return 0
}
# Which door guards these ports where INPUT, or a chain of forwarded packets, sees them.
function guard(first, last, protocol, is_forward,  d) {
  for (d = 1; d <= doors; d++)
    if (on[d] == family && forward[d] == is_forward && kind[d] == protocol && first >= from[d] && last <= to[d]) return d
  return 0
}
# A rule of nft may have a map of any length.
function told(rule) {
  sub(/^-A /, "", rule)
  return "IPv" family ", `" (length(rule) > 300 ? substr(rule, 1, 300) "..." : rule) "`"
}
# What INPUT sees of a translated port: `seen` to `seen_last`; none of it where it goes elsewhere.
function translate(first, last,  address, port) {
  seen = first; seen_last = last
  # Another port for each, which a map has.
  if (target == "?") { seen = seen_last = 0; return type == "redirect" }
  address = target; port = ""
  if (type == "redirect") { port = target; sub(/^.*:/, "", port) }
  else if (target ~ /^\[/) { port = target; sub(/^.*\]:?/, "", port); sub(/^\[/, "", address); sub(/\].*/, "", address) }
  else if (target ~ /^[0-9.]+(-[0-9.]+)?:[0-9]/) { port = target; sub(/^.*:/, "", port); sub(/:.*/, "", address) }
  if (port ~ /^[0-9]/) { sub(/\/.*/, "", port); sub(/-/, ":", port); bounds(port); seen = low; seen_last = high }
  return type == "redirect" || address ~ /^127\./ || address == "::1" || address != "-" && owns_address(address)
}
function owns_address(address) { return is_own(address) && owns }
function say(sentence) { if (++said <= 5) print sentence }
function judge(rule,  d, count, parts, i, first, last, is_here, p) {
  for (d = 1; d <= doors; d++) {
    if (on[d] != family || id != "" && of[d] != id || protocol != "-" && protocol != kind[d]) continue
    if (input != "-" && by[d] != "" && input != by[d] && input !~ /[+*]$/ && by[d] !~ /\+$/) continue
    count = ports == "-" ? 1 : split(ports, parts, ",")
    for (i = 1; i <= count; i++) {
      if (ports == "-") { first = from[d]; last = to[d] }
      else {
        bounds(parts[i]); first = low; last = high
        if (first < from[d]) first = from[d]
        if (last > to[d]) last = to[d]
      }
      if (first > last || is_in(first, last, kind[d], except)) continue
      is_here = translate(first, last)
      p = kind[d] "/" first (first == last ? "" : "-" last)
      if (!is_here && !forward[d])
        say("NAT may take " p " past the door (" told(rule) "): it sends packets elsewhere, and INPUT does not see them. To guard the port, give a door the chain FORWARD (in iptables, for containers: DOCKER-USER), or take the rule away")
      else if (is_here && (forward[d] || !guard(seen, seen_last, kind[d], 0)))
        say("NAT may take " p " past the door (" told(rule) "): INPUT sees it as " (seen ? kind[d] "/" seen (seen == seen_last ? "" : "-" seen_last) ", which no door guards" : "another port") ". To close it, name the port that INPUT sees in a door, or take the rule away")
      else continue
      return
    }
  }
  if (ports == "-" || protocol == "-") return
  # And ports that come to a door though it does not name them.
  count = split(ports, parts, ",")
  for (i = 1; i <= count; i++) {
    bounds(parts[i]); first = low; last = high
    if (guard(first, last, protocol, 0) || !translate(first, last)) continue
    d = guard(seen, seen_last, protocol, 0)
    if (!d || id != "" && of[d] != id) continue
    say("NAT brings " protocol "/" first (first == last ? "" : "-" last) " to a door (" told(rule) "): INPUT sees it as " protocol "/" seen ", which a door guards, so it is closed too. Where Pulumi connects by that port, give the sequence of that door as connection.knock")
    return
  }
}
$0 == "--" { own = 1; next }
!NF { next }
!own {
  family = $1
  sub(/^[46] /, "")
  # Of a release without chains for all doors, in the dispatcher; else where they send packets for a port to its door.
  if (/^-A PORTKNOCK.* --comment "portknock [0-9a-f]+" -j (ACCEPT|RETURN)$/) { owner = $(NF - 2); sub(/"/, "", owner) }
  else if (/^-A PK-000000000[012](-r?(tcp|udp)[0-9]+)? .*-g PK-[0-9a-f]+$/) owner = substr($NF, 4)
  else if (/^add (element ip6? portknock input-(tcp|udp) |rule ip6? portknock (input|forward)-more .*)/ && /goto PK-[0-9a-f]+|-gate/) { note_nft(); next }
  else next
  if (owner ~ /^000000000[012]$/) next
  list = ""; type = ""; input = ""
  for (i = 3; i < NF; i++) {
    if ($i == "-p") type = $(i + 1)
    if ($i == "-i") input = $(i + 1)
    if ($i ~ /^--(dports?|ctorigdstport)$/) list = $(i + 1)
  }
  n = split(list, parts, ",")
  for (i = 1; i <= n; i++) {
    bounds(parts[i])
    doors++; from[doors] = low; to[doors] = high; kind[doors] = type; by[doors] = input
    on[doors] = family
    of[doors] = owner
    forward[doors] = $2 ~ /^(PORTKNOCK|PK-0000000000(-.*)?)$/ ? 0 : 1
  }
  next
}
{
  family = $1; type = $2; protocol = $3; ports = $4; except = $5; input = $6; target = $7
  rule = $0
  for (i = 1; i <= 7; i++) sub(/^[^ ]+ /, "", rule)
  judge(rule)
}
