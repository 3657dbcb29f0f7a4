# From the lines before, a line `--`, and those that nftables holds now: the document that empties the sets of the door `id` in
# which nobody may stay: wrong knocks, who is locked out, grants of whole networks; and the stages of a sequence (`pk4-ID-1`, or
# with b) whose rules are others than before.

$0 == "--" { now = 1; next }
$3 == "set" && index($6, "-" id "-") == 4 { if (now) { sets[++n] = $6; table[n] = $4 } else was[$6]; next }
$3 == "rule" {
  line = $0
  while (match(line, /@pk[46]-[0-9a-f]+-b?[0-9]+/)) {
    list = substr(line, RSTART + 1, RLENGTH - 1)
    line = substr(line, RSTART + RLENGTH)
    slot = list
    sub(/[0-9]+$/, "", slot)
    rules[now + 0, slot] = rules[now + 0, slot] $0 "\n"
  }
}
END {
  for (i = 1; i <= n; i++) {
    if (!(sets[i] in was)) continue
    slot = sets[i]
    sub(/^pk[46]-[0-9a-f]+-/, "", slot)
    is_stage = slot ~ /^b?[0-9]+$/
    name = sets[i]
    if (is_stage) sub(/[0-9]+$/, "", name)
    if (slot ~ /^(wrong|deaf|open-)/ || is_stage && rules[0, name] != rules[1, name])
      print "flush set " table[i] " portknock " sets[i]
  }
}
