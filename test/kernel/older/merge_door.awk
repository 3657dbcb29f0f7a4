# From the rules that are held, a line `--`, and the document of the door `id`: the rules with that door in them, its
# dispatchers and the chains of the door. Where another door has one of its ports, and the same packets pass there:
# `conflict`, the port, and that door's name.

function word(option,  i) { for (i = 1; i < NF; i++) if ($i == option) return $(i + 1); return "" }
function after(text) { sub(/^.*--comment "portknock /, "", text); sub(/" .*$/, "", text); return text }
function note_ports(  ports, bounds, count, p) {
  count = split(word("--dport") word("--dports") word("--ctorigdstport"), ports, ",")
  for (p = 1; p <= count; p++) {
    if (split(ports[p], bounds, ":") == 1) bounds[2] = bounds[1]
    n++; side[n] = own; is_here[n] = $2 == "PORTKNOCK"; protocol[n] = word("-p"); text[n] = ports[p]
    first[n] = bounds[1] + 0; last[n] = bounds[2] + 0; door[n] = after($0)
  }
}
$0 == "--" { own = 1; next }
own && /^:PK-/ { rules[++count] = $1 }
own && /^-A PK-/ { rules[++count] = $0 }
!/^-A PORTKNOCK/ { next }
# Before the dispatcher has flows: what is not connection tracking.
$3 == "!" && $4 == "-p" { if (!($2 in pings) || own && !is_own[$2]++) pings[$2] = $0 }
!own && index($0, id) { next }
$NF ~ /^(ACCEPT|RETURN)$/ { note_ports() }
/--comment "portknock [0-9a-f]+" -j (ACCEPT|RETURN)$/ {
  flows[$2] = flows[$2] $0 "\n"
  way = $0
  if (sub(/ -m conntrack --ctstate RELATED,ESTABLISHED .*/, " -g PK-" after($0), way)) ways[$2] = ways[$2] way "\n"
}
word("-j") ~ /^PK-/ { owner[substr(word("-j"), 4)] = after($0) }
$NF ~ /^PK-[0-9a-f]+(-knock)?$/ && $(NF - 1) == "-j" { jumps[$2] = jumps[$2] $0 "\n"; jump_count[$2]++ }
END {
  for (a = 1; a <= n; a++) for (b = 1; b <= n; b++)
    if (side[a] && !side[b] && is_here[a] == is_here[b] && protocol[a] == protocol[b] &&
        first[a] <= last[b] && first[b] <= last[a]) {
      print "conflict " protocol[a] "/" text[a] " belongs to the door " owner[door[b]]
      exit
    }
  split(dispatchers, names, " ")
  for (i = 1; i in names; i++) if ((name = names[i]) in jumps) {
    printf "%s", ":" name "\n" flows[name] (name in pings ? pings[name] "\n" : "")
    # With several doors, packets for the port of one go straight to it: for the others they are no knocks.
    printf "%s", (jump_count[name] > 1 ? ways[name] : "") jumps[name]
  }
  for (i = 1; i <= count; i++) print rules[i]
}
