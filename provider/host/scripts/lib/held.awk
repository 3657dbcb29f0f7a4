# From a saved table: what is ours of it, the jumps to our dispatchers first, as `-I INPUT <place> ...`. The place of a jump
# counts the rules above it that are not harmless. Of several tables, each after a line `== PREFIX`: each line after the prefix.
# Needs chains.awk and above.awk.

function print_held(  i, j, from) {
  for (j = 1; j <= m; j++) {
    from = jumps[j]
    while (++done[from] < at[j]) if (accepts(rule[from, done[from]], 0)) place[from]++
    sub(/^-A [^ ]*/, "-I " from " " (++place[from]), rule[from, at[j]])
    print prefix rule[from, at[j]]
  }
  for (i = 1; i <= n; i++) print prefix rules[i]
  # Nothing of one table counts for the next.
  n = m = own_count = any_interface = 0
  split("", done); split("", place); split("", rule); split("", count); split("", empty); split("", interfaces)
}
$1 == "==" { print_held(); prefix = $2 " "; next }
/^:/ { chain = substr($1, 2) }
/^:/ && (is_dispatcher(chain) || is_door(chain, "")) { rules[++n] = $1; next }
/^:/ { empty[chain]; next }
$1 != "-A" { next }
is_dispatcher($2) || is_door($2, "") { rules[++n] = $0; note_own($0); next }
{ rule[$2, ++count[$2]] = $0 }
$2 ~ /^(INPUT|FORWARD|DOCKER-USER)$/ && $NF == ($2 == "INPUT" ? "PORTKNOCK" : "PORTKNOCK-" $2) {
  jumps[++m] = $2; at[m] = count[$2]
}
END { print_held() }
