# From the rules that are held, a line `--`, the rules that are wanted, and a line `--`: the document that turns the ones into
# the others, for the chains that all doors share and those of the door `id` (of every door, where it is empty). Without the
# last line there is no COMMIT. One transaction; the chains of other doors are not named, so not touched. A chain that stays as
# it is is not named either, and to one that begins as it did the rest is added; unless `whole` says that what is held is not
# known. Needs chains.awk.

BEGIN { print "*filter" }
$0 == "--" { to++ }
!to && sub(/^-I [A-Z-]+ [0-9]+ /, "-D " $2 " ")
/^:/ {
  chain = substr($0, 2)
  if (!is_dispatcher(chain) && !is_door(chain, id)) next
  side[to + 0, chain] = 1
  if (!all[chain]++) chains[++m] = chain
}
$1 == "-A" && (is_dispatcher($2) || is_door($2, id)) { rules[to + 0, $2, ++count[to + 0, $2]] = $0 }
END {
  if (to < 2) exit 1
  for (i = 1; i <= m; i++) {
    chain = chains[i]
    # How many of its rules stay.
    kept[chain] = 0
    if (!whole && side[0, chain] && side[1, chain]) {
      while (kept[chain] < count[1, chain] && rules[0, chain, kept[chain] + 1] == rules[1, chain, kept[chain] + 1]) kept[chain]++
      if (kept[chain] == count[0, chain] + 0) continue
      kept[chain] = 0
    }
    print ":" chain " - [0:0]"
  }
  # Lists are made as rules name them, and those that all doors share first.
  for (shared = 1; shared >= 0; shared--) for (i = 1; i <= m; i++) if (is_dispatcher(chains[i]) == shared)
    for (j = kept[chains[i]] + 1; j <= count[1, chains[i]]; j++) print rules[1, chains[i], j]
  for (i = 1; i <= m; i++) if (!side[1, chains[i]]) print "-X " chains[i]
  n = split(dispatchers, names, " ")
  for (i = 1; i <= n; i++) if (side[1, names[i]]) {
    from = substr(names[i], length("PORTKNOCK-") + 1)
    print "-I " (from == "" ? "INPUT" : from) " 1 -m comment --comment portknock -j " names[i]
  }
  print "COMMIT"
}
