# From the rules that are held, a line `--`, and those without the door `id`: the rules of all other doors, as they will be
# held, each line after `prefix`. The second has the dispatchers, the first the other doors. Needs chains.awk.

$0 == "--" { after = 1; next }
$1 == "-I" { if (!after) jumps[$NF] = $0; next }
!NF || !after && (is_dispatcher(substr($1, 2)) || is_dispatcher($2)) { next }
is_door(substr($1, 2), id) || is_door($2, id) { next }
/^:/ {
  chains[++m] = $0
  if (is_dispatcher(substr($0, 2)) && substr($0, 2) in jumps) print prefix jumps[substr($0, 2)]
  next
}
{ rules[++n] = $0 }
END {
  for (i = 1; i <= m; i++) print prefix chains[i]
  for (i = 1; i <= n; i++) print prefix rules[i]
}
