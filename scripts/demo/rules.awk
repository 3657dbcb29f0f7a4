# Of a diff that Pulumi printed, the rules of the door: those that match the pattern, and how many more there are.
# Where nothing is marked as changed, all of them are new.

/^ +--outputs--$/ { done = 1 }
done { next }
/^ +[~+-]? *rules +: \[$/ { inside = 1; next }
inside && /^ {8,10}\]$/ { inside = 0; done = 1; next }
inside {
  line = $0
  sub(/^ +/, "", line)
  if (line ~ /^[~+-] /) changed++
  gsub(/\[[0-9]+\]: /, "", line)
  gsub(/\\"/, "\"", line)
  lines[++total] = line
}

END {
  counted = changed ? changed : total
  for (i = 1; i <= total; i++) {
    if (changed && lines[i] !~ /^[~+-] / || lines[i] !~ pattern) continue
    shown++
    wrapped(lines[i])
  }
  if (counted > shown) printf "       %s… and %d more%s\n", dim, counted - shown, plain
}

function wrapped(line,    words, count, w, row) {
  count = split(line, words, " ")
  row = words[1]
  for (w = 2; w <= count; w++) {
    if (length(row) + 1 + length(words[w]) > width) {
      printf "       %s%s%s\n", dim, row, plain
      row = "    " words[w]
    } else row = row " " words[w]
  }
  printf "       %s%s%s\n", dim, row, plain
}
