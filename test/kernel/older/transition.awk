# From the rules that are held, a line `--`, and the rules that are wanted: the document that turns the ones into the others,
# for the dispatchers and the chains of the door `id` (of every door, where it is empty). One transaction; the chains of
# other doors are not named, so not touched. Needs chains.awk.

BEGIN { print "*filter" }
$0 == "--" { to = 1 }
!to && sub(/^-I [A-Z-]+ [0-9]+ /, "-D " $2 " ")
/^:/ {
  chain = substr($0, 2)
  if (!is_dispatcher(chain) && !is_door(chain, id)) next
  side[to + 0, chain] = 1
  if (!all[chain]++) chains[++m] = chain
}
to && $1 == "-A" && (is_dispatcher($2) || is_door($2, id)) { rules[++n] = $0 }
END {
  for (i = 1; i <= m; i++) print ":" chains[i] " - [0:0]"
  for (i = 1; i <= n; i++) print rules[i]
  for (i = 1; i <= m; i++) if (!side[1, chains[i]]) print "-X " chains[i]
  count = split(dispatchers, names, " ")
  for (i = 1; i <= count; i++) if (side[1, names[i]]) {
    from = substr(names[i], length("PORTKNOCK-") + 1)
    print "-I " (from == "" ? "INPUT" : from) " 1 -m comment --comment portknock -j " names[i]
  }
  print "COMMIT"
}
