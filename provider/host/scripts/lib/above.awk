# What stands above our jump in a chain of the host: harmless is what cannot accept a packet for a door, or a knock, before
# the door's rules see it. Other tools insist on the first place (fail2ban, tailscale, libvirt), and are let be.
# The host's rules are in rule[chain, 1...], as many as count[chain] says; `empty` has all of its chains.

function after_option(line, option,  words, n, i) {
  n = split(line, words, " ")
  # A comment may hold anything.
  for (i = 1; i < n; i++) {
    if (words[i] == "--comment") { if (words[i + 1] ~ /^"/) while (i < n && words[i + 1] !~ /[^\\]"$/) i++; i++; continue }
    if (words[i] == option && words[i - 1] != "!") return words[i + 1]
  }
  return ""
}
function port_list(line) {
  return after_option(line, "--dport") "," after_option(line, "--dports") "," after_option(line, "--ctorigdstport")
}
# note_own LINE: the ports and interfaces of a rule of ours.
function note_own(line,  protocol, ports, n, i, bounds, name) {
  protocol = after_option(line, "-p")
  n = split(port_list(line), ports, ",")
  for (i = 1; i <= n; i++) if (ports[i] != "") {
    if (split(ports[i], bounds, ":") == 1) bounds[2] = bounds[1]
    own_count++
    own_protocol[own_count] = protocol; own_first[own_count] = bounds[1] + 0; own_last[own_count] = bounds[2] + 0
  }
  if (line ~ /^-A (PORTKNOCK|PK-000000000[012]-every )/ && is_door(after_option(line, "-j"), "")) {
    name = after_option(line, "-i")
    if (name == "") any_interface = 1; else interfaces[name] = 1
  }
}
function are_other_ports(protocol, list,  ports, n, i, k, bounds) {
  n = split(list, ports, ",")
  for (i = 1; i <= n; i++) if (ports[i] != "") {
    if (ports[i] !~ /^[0-9:]+$/) return 0
    if (split(ports[i], bounds, ":") == 1) bounds[2] = bounds[1]
    for (k = 1; k <= own_count; k++)
      if (own_protocol[k] == protocol && bounds[1] + 0 <= own_last[k] && own_first[k] <= bounds[2] + 0) return 0
  }
  return list ~ /[0-9]/
}
function is_other_interface(name,  own) {
  if (name == "lo") return 1
  if (any_interface || name == "" || name ~ /\+$/) return 0
  for (own in interfaces) if (own == name || own ~ /\+$/ && index(name, substr(own, 1, length(own) - 1)) == 1) return 0
  return 1
}
# concerns LINE: whether a packet for a door, or a knock, may match it.
function concerns(line,  protocol, states) {
  if (is_other_interface(after_option(line, "-i"))) return 0
  states = after_option(line, "--ctstate") after_option(line, "--state")
  if (states ~ /^(RELATED|ESTABLISHED|RELATED,ESTABLISHED|ESTABLISHED,RELATED)$/) return 0
  protocol = after_option(line, "-p")
  if (protocol !~ /^(|all|tcp|udp|icmp|ipv6-icmp|icmpv6)$/) return 0
  return !(protocol ~ /^(tcp|udp)$/ && are_other_ports(protocol, port_list(line)))
}
# accepts LINE DEPTH: whether it may have such a packet accepted. Leaving a chain of the host itself is for its policy.
function accepts(line, depth,  target, is_goto, i) {
  if (!concerns(line)) return 0
  target = after_option(line, "-j")
  if (target == "") { target = after_option(line, "-g"); is_goto = 1 }
  if (target ~ /^(|DROP|REJECT|LOG|NFLOG|ULOG|MARK|CONNMARK|SECMARK|CONNSECMARK|AUDIT|SET|TRACE|TCPMSS|RATEEST|CLASSIFY|TARPIT)$/) return 0
  if (target == "RETURN") return depth == 0
  if (is_goto && depth == 0 || depth > 16) return 1
  if (!(target in count)) return !(target in empty)
  for (i = 1; i <= count[target]; i++) if (accepts(rule[target, i], depth + 1)) return 1
  return 0
}
