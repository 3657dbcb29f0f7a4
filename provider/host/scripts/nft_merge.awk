# From the lines that are held (nft_listing.awk), a line `--`, and the document of the door `id`: the lines with that door in
# them. Without a document: those without the door. `families` has those of the host, as 4 and 6.
#
# What all doors share is as the document has it, by hook; where the document has none of a hook, as it was, and only for as
# long as a door needs it. Needs nft_doors.awk.

# The comment has the name of a door, which may be anything.
function unit_of(line) { sub(/ comment "[^"]*"$/, "", line); return door_in(line) }
function hook_of(name) { sub(/-.*/, "", name); return name }
# seconds LINE: of the last time in it: `timeout 1m30s`.
function seconds(line,  sum, number) {
  sub(/^.* timeout /, "", line)
  sub(/[^0-9dhms].*/, "", line)
  while (match(line, /^[0-9]+[dhms]/)) {
    number = substr(line, 1, RLENGTH - 1)
    sum += number * (substr(line, RLENGTH, 1) == "d" ? 86400 : substr(line, RLENGTH, 1) == "h" ? 3600 : substr(line, RLENGTH, 1) == "m" ? 60 : 1)
    line = substr(line, RLENGTH + 1)
  }
  return sum
}
function take(line) { kept[++n] = line }
$0 == "--" { own = 1; next }
!NF || own && $1 != "add" || own && $2 == "table" { next }
own {
  family = $3 == "ip" ? 4 : 6
  if (index(families, family) == 0) next
  sub(/ used [0-9]+ bytes \}$/, " }")
  line = family " " $0
  if (unit_of(line) == "") is_given[family, hook_of($5)]
  given[++m] = line
  next
}
unit_of($0) != id { before[++count] = $0 }
END {
  for (i = 1; i <= count; i++) note_use(before[i])
  for (i = 1; i <= m; i++) note_use(given[i])
  for (i = 1; i <= count; i++) {
    split(before[i], words, " ")
    hook = hook_of(words[6])
    if (unit_of(before[i]) != "" || (words[1], hook) in is_used && !((words[1], hook) in is_given)) take(before[i])
  }
  for (i = 1; i <= m; i++) take(given[i])
  # Each of these renews a source in `known`, and the last one counts: the one with the longest time.
  for (i = 1; i <= n; i++) if (is_every(kept[i])) every[++e] = kept[i]; else print kept[i]
  for (i = 2; i <= e; i++) {
    one = every[i]
    for (j = i - 1; j >= 1 && seconds(every[j]) > seconds(one); j--) every[j + 1] = every[j]
    every[j + 1] = one
  }
  for (i = 1; i <= e; i++) print every[i]
}
function is_every(line,  words) { split(line, words, " "); return words[3] == "rule" && words[6] ~ /-every$/ }
# note_use LINE: a door's lines in what doors share of a hook use it, and the set of who is under way.
function note_use(line,  words) {
  if (unit_of(line) == "") return
  split(line, words, " ")
  is_used[words[1], "known"]
  if (words[6] !~ /^(PK-|pk)/) is_used[words[1], hook_of(words[6])]
}
