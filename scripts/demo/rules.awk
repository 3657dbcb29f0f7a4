# Of a diff that Pulumi printed, the rules of the door that match the pattern, and how many more there are. Of a new
# door every rule counts, else those that change. No {n,m} in expressions: Debian's awk does not know it.

/^ +--outputs--$/ { exit }
/^ +[~+-]? *rules +: \[$/ { inside = 1; next }
/^ +\]$/ { if (inside) exit }
inside {
  sub(/^ +/, "")
  if (/^[~+-] /) changes = 1
  sub(/\[[0-9]+\]: "/, "")
  sub(/"$/, "")
  gsub(/\\"/, "\"")
  rules[++total] = $0
}

END {
  for (i = 1; i <= total; i++) {
    if (changes && rules[i] !~ /^[~+-] /) continue
    counted++
    if (rules[i] !~ pattern) continue
    shown++
    sign = substr(rules[i], 1, 1)
    colour = !changes ? dim : sign == "+" ? green : sign == "~" ? yellow : red
    # A changed one, as Pulumi has it: "before" => "after".
    after = index(rules[i], "\" => \"")
    put("", after ? substr(rules[i], 1, after - 1) : rules[i])
    if (after) put("  ", "=> " substr(rules[i], after + 6))
  }
  if (counted > shown) printf "       %s… and %d more%s\n", dim, counted - shown, plain
}

function put(indent, rule,    words, count, w, row) {
  count = split(rule, words, " ")
  row = indent words[1]
  for (w = 2; w <= count; w++) {
    if (length(row) + 1 + length(words[w]) > width) {
      printf "       %s%s%s\n", colour, row, plain
      row = "     " words[w]
    } else row = row " " words[w]
  }
  printf "       %s%s%s\n", colour, row, plain
}
