# Prints the chains that all doors of a host share, from what merge_door.awk has read, for a dispatcher and its `at`.
# arrange.ts says the same, and a test holds the two together. By `at`, and by a chain's kind, which is its name without a
# number (`kind_at`: both in one):
#   parts         the rules of each chain behind the chain of all doors, by its name (`gates`, `always`: two of its own parts)
#   listed        the ports for which packets are sent to a chain, by kind_at and number; `last_number`: by kind_at
#   sorted        the ports of first knocks in ascending order, by kind_at, from 1 to `sorted_count`
#   number_of     the number of the chain for a port of first knocks, by kind_at and port
#   longest       for how many seconds a source is remembered

# How many of the 15 ports of a rule these take: a range takes two.
function slots(list,  ports) { return split(list, ports, ",") + gsub(/:/, "", list) }
function list_ports(kind_at, number, ports) {
  if ((kind_at, number) in listed) ports = listed[kind_at, number] "," ports
  listed[kind_at, number] = ports
  last_number[kind_at] = number
}
function sort_first_port(kind_at, port,  i) {
  if ((kind_at, port) in number_of) return
  number_of[kind_at, port]
  for (i = ++sorted_count[kind_at]; i > 1 && sorted[kind_at, i - 1] > port; i--) sorted[kind_at, i] = sorted[kind_at, i - 1]
  sorted[kind_at, i] = port
}
function number_first_ports(kind_at,  i, number) {
  for (i = 1; i <= sorted_count[kind_at]; i++) {
    number = int((i - 1) / 15)
    number_of[kind_at, sorted[kind_at, i]] = number
    list_ports(kind_at, number, sorted[kind_at, i])
  }
}
# Puts the door's own rule $0 into the chain of its kind that has room for its ports.
function place(  part, kind, kind_at, ports) {
  part = substr($2, 15); kind = part; sub(/[0-9]+$/, "", kind)
  kind_at = at SUBSEP kind; ports = word("--dport") word("--dports")
  if (kind ~ /^f(tcp|udp)$/) part = kind number_of[kind_at, ports + 0]
  else if (kind ~ /(tcp|udp)$/) {
    used[kind_at] += slots(ports)
    if (used[kind_at] > 15) { last_number[kind_at]++; used[kind_at] = slots(ports) }
    list_ports(kind_at, last_number[kind_at] + 0, ports)
    part = kind last_number[kind_at]
  }
  else if (part == "") part = $(NF - 1) == "-g" ? "gates" : "always"
  if (part == "way" && word("--seconds") + 0 > longest[at] + 0) longest[at] = word("--seconds")
  sub(/^-A [^ ]+/, "-A " entry[at] (part ~ /^(gates|always)$/ ? "" : "-" part))
  parts[at, part] = parts[at, part] $0 "\n"
}
function place_all(  d, number, count, lines, l) {
  number_first_ports(at SUBSEP "ftcp"); number_first_ports(at SUBSEP "fudp")
  for (d = 1; d <= door_count[at]; d++) for (number = 0; number <= highest[at] + 0; number++) {
    count = split(labelled[at, doors[at, d], number], lines, "\n")
    for (l = 1; l < count; l++) { $0 = lines[l]; place() }
  }
  # Rules send packets there, whether a door listens or not.
  if (at == "") parts[at, "own"] = parts[at, "own"] ""
  parts[at, "way"] = parts[at, "way"] ""
}
# Of first knocks, which are sorted: one test of a range is cheaper than one of 15 ports.
function range(kind_at, number,  kind, ports, count) {
  kind = substr(kind_at, index(kind_at, SUBSEP) + 1)
  if (kind !~ /^f/) return ""
  count = split(listed[kind_at, number], ports, ",")
  return " -m " substr(kind, 2) " --dport " ports[1] (count > 1 ? ":" ports[count] : "")
}
# Most packets of open flows are told by one test of the range from the first port to the last.
function span(kind_at, number,  ports, bounds, count, p, low, high) {
  count = split(listed[kind_at, number], ports, ",")
  for (p = 1; p <= count; p++) {
    if (split(ports[p], bounds, ":") == 1) bounds[2] = bounds[1]
    if (p == 1 || bounds[1] + 0 < low) low = bounds[1] + 0
    if (p == 1 || bounds[2] + 0 > high) high = bounds[2] + 0
  }
  return count > 1 ? " -m " substr(kind_at, length(kind_at) - 2) " --dport " low ":" high : ""
}
# For each chain of the kind the rule `-A WHERE` that asks for PROTOCOL, its ports and TESTS, and sends packets to END, or to
# the chain itself, where that is empty.
function print_by_port(where, kind, tests, end,  kind_at, number) {
  kind_at = at SUBSEP kind
  if (kind_at in last_number) for (number = 0; number <= last_number[kind_at]; number++)
    print "-A " where " -p " substr(kind, length(kind) - 2) (where ~ /-est$/ ? span(kind_at, number) : range(kind_at, number)) (kind == "ftcp" ? " --syn" : "") \
      " -m multiport --dports " listed[kind_at, number] tests " " (end == "" ? "-g " entry[at] "-" kind number : end)
}
# Also where no door has sources under way: a list that is made later is found later, by every packet.
function print_remembered(list, end) {
  print "-A " entry[at] " -m recent --update --seconds " (longest[at] ? longest[at] : 1) " --name pk" family "-" list " --rsource " end
}
# What each chain behind the chain of all doors begins with, in the order in which their lists shall be made.
function print_parts(what,  kinds, k, number) {
  split("way ftcp fudp orig ping tcp udp rtcp rudp every own", kinds, " ")
  for (k = 1; k in kinds; k++) {
    if ((at, kinds[k]) in parts) print_part(kinds[k], what)
    if ((at SUBSEP kinds[k]) in last_number)
      for (number = 0; number <= last_number[at, kinds[k]]; number++) print_part(kinds[k] number, what)
  }
}
function print_part(part, what) { if (what == "chains") print ":" entry[at] "-" part; else printf "%s", parts[at, part] }
function print_dispatcher(name,  kinds, k, flow, not_icmp) {
  split("tcp udp rtcp rudp", kinds, " ")
  flow = " -m conntrack --ctstate RELATED,ESTABLISHED"
  not_icmp = " ! -p " (family == 6 ? "ipv6-icmp" : "icmp")
  printf "%s", flows[at]
  if (older[at] == "") print "-A " name not_icmp flow " -g " entry[at] "-est\n-A " name " -g " entry[at]
  # No packet comes as far without a door of an older release. But one merges doors by these rules, and by no others.
  for (k = 1; k in kinds; k++)
    print_by_port(name, kinds[k], flow " -m comment --comment \"portknock " substr(entry[at], 4) "\"", \
      "-j " (kinds[k] ~ /^r/ ? "RETURN" : "ACCEPT"))
  print "-A " name not_icmp flow " -j RETURN"
  # With doors of an older release, packets for the port of one go straight to it: for the others they are no knocks.
  if (older[at] != "") {
    for (k = 1; k in kinds; k++) print_by_port(name, kinds[k], "", "-g " entry[at])
    if (door_count[at] || split(older[at], kinds, "\n") > 2) printf "%s", ways[at]
  }
  if (door_count[at]) print "-A " name " -m comment --comment \"portknock (merged)\" -j " entry[at]
  printf "%s", older[at]
}
function print_entry(  kinds, k) {
  split("tcp udp rtcp rudp", kinds, " ")
  for (k = 1; k in kinds; k++) print_by_port(entry[at], kinds[k])
  printf "%s", parts[at, "gates"]
  if (at == "") {
    print "-A " entry[at] " -i lo -g " entry[at] "-own"
    print "-A " entry[at] " -m pkttype ! --pkt-type unicast -g " entry[at] "-own"
  }
  print_remembered("known2", "-g " entry[at] "-every")
  print_remembered("known", "-j " entry[at] "-way")
  printf "%s", parts[at, "always"]
  if ((at, "orig") in parts) print "-A " entry[at] " -j " entry[at] "-orig"
  print_by_port(entry[at], "ftcp"); print_by_port(entry[at], "fudp")
  if ((at, "ping") in parts)
    print "-A " entry[at] " -p " (family == 6 ? "ipv6-icmp -m icmp6 --icmpv6-type 128" : "icmp -m icmp --icmp-type 8") " -g " entry[at] "-ping"
}
function print_shared(name) {
  print ":" name
  if (door_count[at]) {
    place_all()
    print ":" entry[at]
    if (older[at] == "") print ":" entry[at] "-est"
    print_parts("chains")
  }
  print_dispatcher(name)
  if (door_count[at]) {
    if (older[at] == "") { print_by_port(entry[at] "-est", "tcp", "", "-j ACCEPT"); print_by_port(entry[at] "-est", "udp", "", "-j ACCEPT") }
    print_entry()
    print_parts("rules")
  }
}
