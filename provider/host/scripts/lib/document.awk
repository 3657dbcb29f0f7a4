# The document that turns some rules into others, for the dispatchers and the chains of the door `id` (of every door, where it
# is empty). One transaction; the chains of other doors are not named, so not touched. Needs chains.awk.

# note_line LINE WANTED: a line of the rules that are held (0), or of those that are wanted (1).
function note_line(line, wanted,  chain) {
  if (line ~ /^:/) {
    chain = substr(line, 2)
    if (!is_dispatcher(chain) && !is_door(chain, id)) return
    is_noted[wanted, chain] = 1
    if (!named[chain]++) noted[++noted_count] = chain
  } else if (wanted && line ~ /^-A /) {
    chain = substr(line, 4)
    sub(/ .*/, "", chain)
    if (is_dispatcher(chain) || is_door(chain, id)) wanted_rules[++wanted_count] = line
  } else if (!wanted && line ~ /^-I [A-Z-]+ [0-9]+ /) {
    chain = substr(line, 4)
    sub(/ .*/, "", chain)
    sub(/^-I [A-Z-]+ [0-9]+ /, "-D " chain " ", line)
    unwanted_jumps[++unwanted_count] = line
  }
}
function print_document(  i, count, words, from) {
  print "*filter"
  for (i = 1; i <= unwanted_count; i++) print unwanted_jumps[i]
  for (i = 1; i <= noted_count; i++) print ":" noted[i] " - [0:0]"
  for (i = 1; i <= wanted_count; i++) print wanted_rules[i]
  for (i = 1; i <= noted_count; i++) if (!is_noted[1, noted[i]]) print "-X " noted[i]
  count = split(dispatchers, words, " ")
  for (i = 1; i <= count; i++) if (is_noted[1, words[i]]) {
    from = substr(words[i], length("PORTKNOCK-") + 1)
    print "-I " (from == "" ? "INPUT" : from) " 1 -m comment --comment portknock -j " words[i]
  }
  print "COMMIT"
}
