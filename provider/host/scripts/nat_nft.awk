# From a table as nft lists it: what nat_iptables.awk prints, for the rules of its nat chains at prerouting that are for
# `family`, 4 or 6. Needs nat_addresses.awk.

# From where a word ends, the number, range, set or map that follows; "-" where it has only a name.
function ports_after(rule, word,  at, text) {
  at = index(rule, word " ")
  if (!at) return ""
  text = substr(rule, at + length(word) + 1)
  sub(/^(map|vmap) /, "", text)
  if (text ~ /^!= /) return "!" ports_of(substr(text, 4))
  return ports_of(text)
}
function ports_of(text,  parts, count, i, list) {
  if (text ~ /^[0-9]/) { sub(/ .*/, "", text); sub(/-/, ":", text); return text }
  if (text !~ /^\{/) return "-"
  text = substr(text, 2, index(text, "}") - 2)
  count = split(text, parts, ",")
  for (i = 1; i <= count; i++) {
    gsub(/^ +| +:? .*$| +$/, "", parts[i])
    sub(/-/, ":", parts[i])
    list = list (i > 1 ? "," : "") parts[i]
  }
  return list
}
function after(rule, words,  text) {
  if (!match(rule, words)) return ""
  text = substr(rule, RSTART + RLENGTH)
  sub(/ .*/, "", text)
  return text
}
function walk(chain, protocol, ports, except,  i, rule, p, own, to, input, rest, subs, s, name, target) {
  if (++depth > 20) { depth--; return }
  for (i = 1; i <= count[chain]; i++) {
    rule = rules[chain, i]
    if (rule ~ (family == 4 ? "nfproto (ipv6|10) |ip6 [sd]addr|dnat ip6 to" : "nfproto (ipv4|2) |(^| )ip [sd]addr|dnat ip to")) continue
    if (rule ~ /iifname "?lo"?( |$)/ || is_elsewhere(after(rule, "ip6? daddr "))) continue
    p = rule ~ /udp dport/ ? "udp" : rule ~ /tcp dport/ ? "tcp" : "-"
    if (p != "-" && protocol != "-" && p != protocol) continue
    if (p == "-") p = protocol
    own = ports_after(rule, "dport")
    rest = except
    if (own ~ /^!/) { rest = joined(except, substr(own, 2)); own = "" }
    if (own == "") own = ports
    input = after(rule, "iifname ")
    gsub(/"/, "", input)
    if (rule ~ /(^| )(redirect|dnat)( |$)/) {
      to = after(rule, "(redirect|dnat)( ip6?)? to ")
      if (rule ~ / map ([{]|@)/) to = "?"
      print family, rule ~ /(^| )redirect( |$)/ ? "redirect" : "dnat", p, own, rest, input ~ /^[a-z]/ ? input : "-", to ~ /^[?]|^:?[0-9]|^\[|^[0-9a-f]*:/ ? to : "-", chain ": " rule
    } else if (rule ~ /(^| )(accept|return)$/) {
      if (own != ports && own != "-" && rule !~ /[sd]addr|iif/ && p != "-") except = joined(except, p "/" own)
    } else {
      subs = split(rule, target, /(jump|goto) /)
      for (s = 2; s <= subs; s++) {
        name = target[s]
        sub(/[ ,}].*/, "", name)
        walk(name, p, own, rest)
      }
    }
  }
  depth--
}
# A long set goes on in the next lines.
held != "" { $0 = held " " $0; held = "" }
{ line = $0; gsub(/^[ \t]+/, "", line); gsub(/[ \t]+/, " ", line) }
line !~ /^(table|chain|set|map) / && gsub(/\{/, "{", line) > gsub(/\}/, "}", line) { held = line; next }
line ~ /^chain / { chain = line; sub(/^chain /, "", chain); sub(/ .*/, "", chain); next }
line ~ /^type nat hook prerouting/ { bases[++n] = chain; next }
line ~ /^type / { next }
chain != "" && line != "}" && line != "" {
  sub(/ counter packets [0-9]+ bytes [0-9]+/, "", line)
  rules[chain, ++count[chain]] = line
}
line == "}" { chain = "" }
END { for (b = 1; b <= n; b++) walk(bases[b], "-", "-", "-") }
