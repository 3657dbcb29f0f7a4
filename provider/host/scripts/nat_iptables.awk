# From saved nat tables, those of each family after a line `== <family>`: a line for each rule that translates the
# destination of packets from outside, `FAMILY redirect|dnat PROTOCOL PORTS EXCEPT INTERFACE TARGET RULE`, with `-` for any.
# Needs nat_addresses.awk.

function word(rule, option,  parts, count, i) {
  count = split(rule, parts, " ")
  for (i = 1; i < count; i++) if (parts[i] == option) return (parts[i - 1] == "!" ? "!" : "") parts[i + 1]
  return ""
}
function walk(chain, protocol, ports, except,  i, rule, p, own, target, to, input, rest) {
  for (i = 1; i <= count[chain]; i++) {
    rule = rules[chain, i]
    target = word(rule, "-j") word(rule, "-g")
    input = word(rule, "-i")
    if (input == "lo" || rule ~ /! --dst-type LOCAL/ || is_elsewhere(word(rule, "-d"))) continue
    p = word(rule, "-p")
    if (p !~ /^(tcp|udp)?$/ || p != "" && protocol != "-" && p != protocol) continue
    if (p == "") p = protocol
    own = word(rule, "--dport") word(rule, "--dports")
    rest = except
    if (own ~ /^!/) { rest = joined(except, substr(own, 2)); own = "" }
    if (own == "") own = ports
    if (target ~ /^(REDIRECT|DNAT|NETMAP)$/) {
      to = word(rule, "--to-ports") word(rule, "--to-destination")
      print family, (target == "REDIRECT" ? "redirect" : "dnat"), p, own, rest, input ~ /^[a-z]/ ? input : "-", to == "" ? "-" : to, rule
    } else if (target ~ /^(ACCEPT|RETURN)$/) {
      if (own != ports && rule !~ / -[sdi] / && p != "-") except = joined(except, p "/" own)
    } else if (target in count) walk(target, p, own, rest)
  }
}
function end_family() {
  walk("PREROUTING", "-", "-", "-")
  split("", rules)
  split("", count)
}
$1 == "==" { end_family(); family = $2 }
$1 == "-A" { rules[$2, ++count[$2]] = $0 }
END { end_family() }
