# From the rules before, a line `--`, and a saved table: of each of a door's two sets of lists (`lists`, and `lists` with b)
# whose stages have other rules than before, its name.

function note(slot) { if ($0 ~ "--name " lists slot "[0-9]") rules[now, slot, ++count[now, slot]] = $0 }
function compare(slot,  i) {
  for (i = 1; i <= count[0, slot] || i <= count[1, slot]; i++)
    if (rules[0, slot, i] != rules[1, slot, i]) { print lists slot; return }
}
BEGIN { now = 0 }
$0 == "--" { now = 1 }
{ note(""); note("b") }
END { compare(""); compare("b") }
