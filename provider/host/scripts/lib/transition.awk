# From the rules that are held, a line `--`, and the rules that are wanted: the document that turns the ones into the others.
# Needs chains.awk and document.awk.

$0 == "--" { is_wanted = 1; next }
{ note_line($0, is_wanted + 0) }
END { print_document() }
