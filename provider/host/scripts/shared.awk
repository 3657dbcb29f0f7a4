# Prints the chains that all doors of a host share, from what merge_door.awk has read: by `at`, which is what a dispatcher's
# name has after PORTKNOCK, `host` (the chain of all doors), `is_used`, `older` (the lines of doors of a release without
# it), `flows`, `ways`, `gates`, `always`, `longest`; by `at` and a chain's kind `numbers`, `listed`, `rules_of`; `others`.

# The rules that say TESTS of each chain of the kind, with its ports, and end as END says; `#` is the chain's own name.
function each_chain(where, kind, tests, end,  key, number, line) {
  key = at SUBSEP kind
  if (key in numbers) for (number = 0; number <= numbers[key]; number++) {
    line = end
    sub(/#/, host[at] "-" kind number, line)
    print "-A " where " -p " tests " -m multiport --dports " listed[key, number] line
  }
}
function remember(list, end) {
  if (longest[at])
    print "-A " host[at] " -m recent --update --seconds " longest[at] " --name pk" family "-" list " --rsource " end
}
function print_numbered(kind,  key, number) {
  key = at SUBSEP kind
  if (key in numbers) for (number = 0; number <= numbers[key]; number++) { print ":" host[at] "-" kind number; body = body rules_of[key, number] }
}
function print_one(part) {
  if ((at, part) in others) { print ":" host[at] "-" part; body = body others[at, part] }
}
function print_shared(name,  kinds, k) {
  body = ""
  print ":" name
  if (is_used[at]) {
    print ":" host[at]
    split("way ftcp fudp orig ping tcp udp rtcp rudp every own", kinds, " ")
    for (k = 1; k in kinds; k++) if (kinds[k] ~ /(tcp|udp)$/) print_numbered(kinds[k]); else print_one(kinds[k])
    # Rules send packets there, whether a door listens or not.
    if (at == "" && !((at, "own") in others)) print ":" host[at] "-own"
  }
  split("tcp udp rtcp rudp", kinds, " ")
  for (k = 1; k in kinds; k++)
    each_chain(name, kinds[k], substr(kinds[k], length(kinds[k]) - 2), \
      " -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment \"portknock " substr(host[at], 4) "\" -j " (kinds[k] ~ /^r/ ? "RETURN" : "ACCEPT"))
  printf "%s", flows[at]
  print "-A " name " ! -p " icmp " -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN"
  # With doors of an older release, packets for the port of one go straight to it: for the others they are no knocks.
  if (older[at] != "") {
    for (k = 1; k in kinds; k++) each_chain(name, kinds[k], substr(kinds[k], length(kinds[k]) - 2), " -g " host[at])
    if (is_used[at] || split(older[at], kinds, "\n") > 2) printf "%s", ways[at]
  }
  if (is_used[at]) print "-A " name " -m comment --comment \"portknock (merged)\" -j " host[at]
  printf "%s", older[at]
}
function print_entry(  kinds, k) {
  split("tcp udp rtcp rudp", kinds, " ")
  for (k = 1; k in kinds; k++) each_chain(host[at], kinds[k], substr(kinds[k], length(kinds[k]) - 2), " -g #")
  printf "%s", gates[at]
  if (at == "") {
    print "-A " host[at] " -i lo -g " host[at] "-own"
    print "-A " host[at] " -m pkttype ! --pkt-type unicast -g " host[at] "-own"
  }
  remember("known2", "-g " host[at] "-every")
  remember("known", "-j " host[at] "-way")
  printf "%s", always[at]
  if ((at, "orig") in others) print "-A " host[at] " -j " host[at] "-orig"
  each_chain(host[at], "ftcp", "tcp -m tcp --syn", " -g #")
  each_chain(host[at], "fudp", "udp", " -g #")
  if ((at, "ping") in others) print "-A " host[at] " -p " icmp " -m " (family == 6 ? "icmp6 --icmpv6-type 128" : "icmp --icmp-type 8") " -g " host[at] "-ping"
  printf "%s", body
}
