# What `nft list table` prints of our tables, of any release, as lines that add the same objects one by one, each after the
# number of its family: `4 add chain ip portknock input`. What packets change is left out, unless `all` is set: entries of
# sets, counters, what was used of quotas.
#
# Where two doors have one first knock, one of them has an entry of the map and the other a rule (nft_document.awk). Both are
# printed as entries, since either may be either.

function outside_quotes(line,  parts, n, i, text) {
  n = split(line, parts, "\"")
  for (i = 1; i <= n; i++) {
    if (i % 2) {
      gsub(/counter packets [0-9]+ bytes [0-9]+/, "counter", parts[i])
      sub(/ used [0-9]+ bytes/, "", parts[i])
    }
    text = text (i > 1 ? "\"" : "") parts[i]
  }
  return text
}
function add(what, rest) {
  rest = "add " what " " table " portknock " rest
  print family " " (all ? rest : outside_quotes(rest))
}
function add_rule(rule,  words) {
  split(rule, words, " ")
  if (!all && name ~ /-more-first$/ && rule ~ /^(tcp|udp) dport [0-9]+ jump PK-[0-9a-f]+-first$/) {
    sub(/-more-first$/, "-" words[1] "-first", name)
    add("element", name " { " words[3] " : jump " words[5] " }")
    sub(/-(tcp|udp)-first$/, "-more-first", name)
  } else add("rule", name " " rule)
}
# nft lists them in no order of its own.
function add_elements(text,  parts, n, i, j, one) {
  sub(/^elements = \{ */, "", text)
  sub(/ *\}$/, "", text)
  n = split(text, parts, /, */)
  for (i = 2; i <= n && kind == "map"; i++) {
    one = parts[i]
    for (j = i - 1; j >= 1 && parts[j] + 0 > one + 0; j--) parts[j + 1] = parts[j]
    parts[j + 1] = one
  }
  for (i = 1; i <= n; i++) add("element", name " { " parts[i] " }")
}
function end_block(  i, body) {
  for (i = 1; i <= count; i++) body = body (i > 1 ? " " : "") lines[i]
  if (kind == "quota") add(kind, name " { " body " }")
  else if (kind == "chain") {
    add(kind, name (count && lines[1] ~ /^type filter hook/ ? " { " lines[1] "; }" : ""))
    for (i = 1; i <= count; i++) if (lines[i] !~ /^type filter hook/) add_rule(lines[i])
  } else {
    body = ""
    for (i = 1; i <= count; i++) body = body lines[i] "; "
    add(kind, name " { " body "}")
    if (elements != "") add_elements(elements)
  }
  kind = ""
}
/^table ip6? portknock \{/ { table = $2; family = table == "ip" ? 4 : 6; next }
table == "" || !NF { next }
$1 == "}" && kind == "" { table = ""; next }
kind == "" { if ($1 ~ /^(chain|set|map|quota)$/) { kind = $1; name = $2; count = 0; elements = "" } next }
# The entries of a set may go over several lines, of which the last one ends with a brace.
$1 == "elements" || is_open {
  is_open = !/\}$/
  sub(/^[ \t]+/, "")
  if (kind == "map" || all) elements = elements (elements == "" ? "" : " ") $0
  next
}
$1 == "}" { end_block(); next }
{ sub(/^[ \t]+/, ""); sub(/;$/, ""); lines[++count] = $0 }
