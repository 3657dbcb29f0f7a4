# From the rules that are held, a line `--`, and the document of the door `id`: the rules with that door in them, the chains
# that all doors share and those of the door. Where another door has one of its ports, and the same packets pass there:
# `conflict`, the port, and that door's name. `family` is 4 or 6. Needs chains.awk and shared.awk.
#
# Each door's own rules in the shared chains (label.ts) are copied, in the order in which the doors are asked; the rules that
# serve several doors are made from those (shared.awk). `at` is what a dispatcher's name has after PORTKNOCK. By `at`:
#   entry      the chain of all doors
#   labelled   each door's own rules in its chains, by the door and the number of the chain; `highest` is the last number
#   doors      the doors that have some, from 1 to `door_count`
#   flows      rules for established flows in the dispatcher that are one door's own; `ways`: those for new flows
#   older      rules by which packets come to doors of a release that has no chain of all doors

function word(option,  i) { for (i = 1; i < NF; i++) if ($i == option) return $(i + 1); return "" }
function comment(text) { sub(/^.*--comment "portknock /, "", text); sub(/" .*$/, "", text); return text }
function is_entrance(chain) { return chain ~ /^PK-[0-9a-f]+(-knock)?$/ && !is_dispatcher(chain) }
function note_ports(name,  ports, bounds, count, p) {
  count = split(word("--dport") word("--dports") word("--ctorigdstport"), ports, ",")
  for (p = 1; p <= count; p++) {
    if (split(ports[p], bounds, ":") == 1) bounds[2] = bounds[1]
    n++; is_own[n] = own; is_here[n] = at == ""; protocol[n] = word("-p"); text[n] = ports[p]
    first[n] = bounds[1] + 0; last[n] = bounds[2] + 0; door[n] = name
  }
}
function note_shared(  name, part, number) {
  name = substr($NF, 4, 10)
  if (!is_entrance($NF) || !own && name == id) return
  at = at_of[substr($2, 1, 13)]; part = substr($2, 15)
  # Every door is asked by a rule of its own there, so their order is that of the doors.
  if (part == "every") { owner[name] = comment($0); if (!((at, name) in is_ranked)) ranked[at, ++rank_count[at]] = name; is_ranked[at, name] }
  if (!((at, name) in is_seen)) seen[at, ++seen_count[at]] = name
  is_seen[at, name]
  number = match(part, /[0-9]+$/) ? substr(part, RSTART) + 0 : 0
  if (part ~ /^f(tcp|udp)/) sort_first_port(at SUBSEP substr(part, 1, 4), word("--dport") + 0)
  if (number > highest[at] + 0) highest[at] = number
  labelled[at, name, number] = labelled[at, name, number] $0 "\n"
  if (part ~ /^(r?(tcp|udp)[0-9]+)?$/ && $(NF - 1) == "-g") note_ports(name)
}
function note_dispatcher(  way) {
  at = substr($2, length("PORTKNOCK") + 1)
  if (/ --comment "portknock 000000000[012]" -j / || !own && index($0, id)) return
  if (/--comment "portknock [0-9a-f]+" -j (ACCEPT|RETURN)$/) {
    note_ports(comment($0))
    flows[at] = flows[at] $0 "\n"
    way = $0
    if (sub(/ -m conntrack --ctstate RELATED,ESTABLISHED .*/, " -g PK-" comment($0), way)) ways[at] = ways[at] way "\n"
  }
  if (is_entrance($NF) && $(NF - 1) == "-j") { owner[substr($NF, 4, 10)] = comment($0); older[at] = older[at] $0 "\n" }
}
BEGIN {
  dispatcher_count = split(dispatchers, names, " ")
  for (i = 1; i <= dispatcher_count; i++) {
    at = substr(names[i], length("PORTKNOCK") + 1)
    entry[at] = "PK-000000000" (i - 1); at_of[entry[at]] = at
  }
}
$0 == "--" { own = 1; next }
$1 == "-A" && $2 ~ /^PK-000000000[012]/ { note_shared(); next }
own && is_door(substr($1, 2), id) { rules[++rule_count] = $1 }
own && $1 == "-A" && is_door($2, id) { rules[++rule_count] = $0 }
/^-A PORTKNOCK/ { note_dispatcher() }
END {
  for (a = 1; a <= n; a++) if (is_own[a]) for (b = 1; b <= n; b++)
    if (!is_own[b] && is_here[a] == is_here[b] && protocol[a] == protocol[b] && first[a] <= last[b] && first[b] <= last[a]) {
      print "conflict " protocol[a] "/" text[a] " belongs to the door " owner[door[b]]
      exit
    }
  for (i = 1; i <= dispatcher_count; i++) {
    at = substr(names[i], length("PORTKNOCK") + 1)
    for (d = 1; d <= rank_count[at]; d++) doors[at, ++door_count[at]] = ranked[at, d]
    # Of a door that someone has taken out of that chain.
    for (d = 1; d <= seen_count[at]; d++) if (!((at, seen[at, d]) in is_ranked)) doors[at, ++door_count[at]] = seen[at, d]
    if (door_count[at] || older[at] != "") print_shared(names[i])
  }
  for (i = 1; i <= rule_count; i++) print rules[i]
}
