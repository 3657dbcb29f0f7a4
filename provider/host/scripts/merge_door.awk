# From the rules that are held, a line `--`, and the document of the door `id`: the rules with that door in them, its
# dispatchers and the chains of the door. Where another door has one of its ports, and the same packets pass there:
# `conflict`, the port, and that door's name. `family` is 4 or 6. Needs chains.awk and
# shared.awk.
#
# Each door's own rules in the shared chains (label.ts) are copied, with the number of their chain made anew; the rules
# that serve several doors are made from those. arrange.ts says the same for one door, and a test holds the two together.

function word(option,  i) { for (i = 1; i < NF; i++) if ($i == option) return $(i + 1); return "" }
function after(text) { sub(/^.*--comment "portknock /, "", text); sub(/" .*$/, "", text); return text }
function note_ports(name,  ports, bounds, count, p) {
  count = split(word("--dport") word("--dports") word("--ctorigdstport"), ports, ",")
  for (p = 1; p <= count; p++) {
    if (split(ports[p], bounds, ":") == 1) bounds[2] = bounds[1]
    n++; side[n] = own; is_here[n] = at == ""; protocol[n] = word("-p"); text[n] = ports[p]
    first[n] = bounds[1] + 0; last[n] = bounds[2] + 0; door[n] = name
  }
}
# How many of the 15 ports of a rule these take.
function slots(list,  ports) { return split(list, ports, ",") + gsub(/:/, "", list) }
# put KIND PORTS NEEDS: the rule into the chain of the kind that has room for it; a port of first knocks stands in one alone.
function put(kind, ports, needs,  key, number) {
  key = at SUBSEP kind
  if (kind ~ /^f/ && (key SUBSEP ports) in chain_of) number = chain_of[key, ports]
  else {
    if (!(key in numbers)) { numbers[key] = 0; used[key] = 0 }
    if (used[key] + needs > 15) { numbers[key]++; used[key] = 0 }
    used[key] += needs
    number = numbers[key]
    chain_of[key, ports] = number
    listed[key, number] = listed[key, number] (listed[key, number] == "" ? "" : ",") ports
  }
  rules_of[key, number] = rules_of[key, number] "-A " host[at] "-" kind number tail "\n"
}
function note_shared(  part, kind, target) {
  at = at_of[substr($2, 1, 13)]; part = substr($2, 15); tail = substr($0, length("-A " $2) + 1)
  target = substr($NF, 4, 10)
  if ($NF !~ /^PK-[0-9a-f]+(-knock)?$/ || is_dispatcher($NF) || !own && target == id) return
  is_used[at] = 1
  kind = part; sub(/[0-9]+$/, "", kind)
  if (kind ~ /^r?(tcp|udp)$/) { note_ports(target); put(kind, word("--dport") word("--dports"), slots(word("--dport") word("--dports"))) }
  else if (kind ~ /^f(tcp|udp)$/) put(kind, word("--dport"), 1)
  else if (part != "") {
    if (part == "every") owner[target] = after($0)
    if (part == "way" && word("--seconds") + 0 > longest[at] + 0) longest[at] = word("--seconds")
    others[at, part] = others[at, part] $0 "\n"
  }
  else if ($(NF - 1) == "-j") always[at] = always[at] $0 "\n"
  else { note_ports(target); gates[at] = gates[at] $0 "\n" }
}
# What of a dispatcher is no door's that stands in the chains of all: an older release's, or at an interface of its own.
function note_dispatcher(  way) {
  at = substr($2, length("PORTKNOCK") + 1)
  if (/ --comment "portknock 000000000[012]" -j / || !own && index($0, id)) return
  if (/--comment "portknock [0-9a-f]+" -j (ACCEPT|RETURN)$/) {
    note_ports(after($0))
    flows[at] = flows[at] $0 "\n"
    way = $0
    if (sub(/ -m conntrack --ctstate RELATED,ESTABLISHED .*/, " -g PK-" after($0), way)) ways[at] = ways[at] way "\n"
  }
  if ($NF ~ /^PK-[0-9a-f]+(-knock)?$/ && $(NF - 1) == "-j" && !is_dispatcher($NF)) {
    owner[substr($NF, 4, 10)] = after($0)
    older[at] = older[at] $0 "\n"
  }
}
BEGIN {
  icmp = family == 6 ? "ipv6-icmp" : "icmp"
  count = split(dispatchers, names, " ")
  for (i = 1; i <= count; i++) {
    at = substr(names[i], length("PORTKNOCK") + 1)
    host[at] = "PK-000000000" (i - 1); at_of[host[at]] = at
  }
}
$0 == "--" { own = 1; next }
$1 == "-A" && $2 ~ /^PK-000000000[012]/ { note_shared(); next }
own && is_door(substr($1, 2), id) { rules[++rule_count] = $1 }
own && $1 == "-A" && is_door($2, id) { rules[++rule_count] = $0 }
/^-A PORTKNOCK/ { note_dispatcher() }
END {
  for (a = 1; a <= n; a++) for (b = 1; b <= n; b++)
    if (side[a] && !side[b] && is_here[a] == is_here[b] && protocol[a] == protocol[b] &&
        first[a] <= last[b] && first[b] <= last[a]) {
      print "conflict " protocol[a] "/" text[a] " belongs to the door " owner[door[b]]
      exit
    }
  for (i = 1; i <= count; i++) {
    at = substr(names[i], length("PORTKNOCK") + 1)
    if (!is_used[at] && older[at] == "") continue
    print_shared(names[i])
    if (is_used[at]) print_entry()
  }
  for (i = 1; i <= rule_count; i++) print rules[i]
}
