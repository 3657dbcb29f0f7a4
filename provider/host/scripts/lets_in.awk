# Whether a table of the host, as nft or iptables lists it, lets in each of `ports` (`tcp/22 udp/5000-5100`), from any address:
# exits with 0 or 1. What is in a set is not known, so it may be.

function note(text,  parts, bounds, n, i, k) {
  gsub(/[{} ]/, "", text)
  n = split(text, parts, ",")
  for (i = 1; i <= n; i++) {
    if (split(parts[i], bounds, /[-:]/) == 1) bounds[2] = bounds[1]
    for (k = 1; k <= count; k++)
      if (first[k] >= bounds[1] + 0 && last[k] <= bounds[2] + 0 && (protocol == "" || protocol == kind[k])) is_in[k]
  }
}
BEGIN {
  count = split(ports, asked, " ")
  for (k = 1; k <= count; k++) {
    split(asked[k], parts, "/")
    kind[k] = parts[1]
    if (split(parts[2], bounds, "-") == 1) bounds[2] = bounds[1]
    first[k] = bounds[1] + 0; last[k] = bounds[2] + 0
  }
}
{ sub(/^[ \t]+/, ""); sub(/ comment ".*"$/, ""); sub(/ -m comment --comment ("[^"]*"|[^ ]+)/, "") }
!/( |^)accept$| -j ACCEPT$/ || / (saddr|daddr|-s|-d|established|ESTABLISHED|RELATED) / || /mark|established|ESTABLISHED|icmp|"lo"| lo / { next }
{ protocol = /tcp/ ? "tcp" : /udp/ ? "udp" : "" }
/ @/ { note("0-65535"); next }
/dports? / {
  text = $0
  sub(/^.*dports? /, "", text)
  sub(/^\{/, "", text)
  if (index($0, "dport {") || index($0, "dports {")) sub(/\}.*/, "", text); else sub(/ .*/, "", text)
  note(text)
  next
}
/^(-A INPUT |-A FORWARD )?((meta l4proto|-p) (tcp|udp) )?(ct state new |-m conntrack --ctstate NEW )?(counter packets [0-9]+ bytes [0-9]+ )?(accept|-j ACCEPT)$/ { note("0-65535") }
END { for (k = 1; k <= count; k++) if (!(k in is_in)) exit 1 }
