# From the lines that are held of all doors, each after the number of its family, a line `--`, and the document of the door
# `id`: `PORT belongs to the door NAME` where another door has one of its ports, and the same packets pass there, whichever
# backend holds it.

function after(option,  i) { for (i = 1; i < NF; i++) if ($i == option) return $(i + 1); return "" }
function claim(door, hook, protocol, ports,  parts, bounds, count, i) {
  gsub(/[{} ]/, "", ports)
  count = split(ports, parts, ",")
  for (i = 1; i <= count; i++) {
    if (split(parts[i], bounds, /[-:]/) == 1) bounds[2] = bounds[1]
    n++
    side[n] = own; of[n] = door; at[n] = hook; kind[n] = protocol; first[n] = bounds[1] + 0; last[n] = bounds[2] + 0
    shown[n] = parts[i]
  }
}
$0 == "--" { own = 1; next }
!own { sub(/^[46] /, "") }
# Its name is in the comment of a rule by which packets come to it.
match($0, /comment "portknock [^"]*"/) {
  name = substr($0, RSTART + 19, RLENGTH - 20)
  if (match($0, /(-j|jump|goto) PK-[0-9a-f]+/)) {
    target = substr($0, RSTART, RLENGTH)
    sub(/^.*PK-/, "", target)
    if (!(target in names)) names[target] = name
  }
}
/^-A PK-000000000[012](-r?(tcp|udp)[0-9]+)? .*-g PK-[0-9a-f]+$/ && $NF !~ /^PK-000000000[012]/ {
  claim(substr($NF, 4), $2 ~ /^PK-0000000000/ ? "input" : "forward", after("-p"), after("--dport") after("--dports") after("--ctorigdstport"))
}
/^add element ip6? portknock input-(tcp|udp) / { claim(substr($NF == "}" ? $(NF - 1) : $NF, 4, 10), "input", substr($5, 7), $7) }
/^add rule ip6? portknock (input|forward)-more .* goto PK-/ {
  ports = $0
  sub(/^.*(dport|proto-dst) /, "", ports); sub(/ goto .*/, "", ports)
  claim(substr($NF, 4, 10), $5 ~ /^input/ ? "input" : "forward", /tcp/ ? "tcp" : "udp", ports)
}
END {
  for (a = 1; a <= n; a++) if (side[a]) for (b = 1; b <= n; b++)
    if (!side[b] && of[b] != id && at[a] == at[b] && kind[a] == kind[b] && first[a] <= last[b] && first[b] <= last[a]) {
      print kind[a] "/" shown[a] " belongs to the door " names[of[b]]
      exit
    }
}
