# From the lines that are held, as nft_listing.awk prints them, a line `--`, and those that are wanted: the document for
# `nft -f -` that turns the ones into the others, in one transaction. What all doors share is one unit, and so is each door:
# a unit that stays as it is is not named, and of one that changes all chains and maps are filled anew. Sets keep their
# entries. A quota that was not there is used up (apply/nft.sh). Needs nft_doors.awk.

function table_of(family) { return (family == 4 ? "ip" : "ip6") " portknock" }
function is_changed(i) { return text[0, unit[i]] != text[1, unit[i]] }
# write LINE: an entry with a key that an entry before it has is a rule.
function write(line,  words, key) {
  split(line, words, " ")
  key = words[1] " " words[6] " " words[8]
  if (words[3] == "element" && words[6] ~ /-first$/ && key in is_taken) {
    split(words[6], parts, "-")
    print "add rule " words[4] " portknock " parts[1] "-more-first " parts[2] " dport " words[8] " " words[10] " " words[11]
    return
  }
  is_taken[key]
  print substr(line, 3)
}
$0 == "--" { to = 1; next }
!NF { next }
{
  name = $6
  u = $1 " " door_in(name)
  text[to + 0, u] = text[to + 0, u] $0 "\n"
  has_family[to + 0, $1]
  if ($3 != "rule" && $3 != "element") {
    has[to + 0, $1, name]
    if (!(($1, name) in is_known)) { is_known[$1, name]; family[++objects] = $1; kind[objects] = $3; named[objects] = name; unit[objects] = u }
  }
  if (to) { line[++lines] = $0; unit_at[lines] = u; kind_at[lines] = $3; name_at[lines] = name; family_at[lines] = $1 }
}
END {
  for (f = 4; f <= 6; f += 2) {
    if ((1, f) in has_family) print "add table " table_of(f)
    else if ((0, f) in has_family) print "add table " table_of(f) "\ndelete table " table_of(f)
  }
  for (i = 1; i <= lines; i++) if (kind_at[i] ~ /^(set|map|chain|quota)$/ && text[0, unit_at[i]] != text[1, unit_at[i]]) {
    if (kind_at[i] != "quota") print substr(line[i], 3)
    else if (!((0, family_at[i], name_at[i]) in has)) {
      used = line[i]
      sub(/ bytes \}$/, " bytes used ", used)
      match(line[i], /[0-9]+ bytes \}$/)
      print substr(used, 3) substr(line[i], RSTART)
    }
  }
  for (i = 1; i <= objects; i++) if (kind[i] ~ /^(chain|map)$/ && is_changed(i) && (1, family[i]) in has_family)
    print "flush " kind[i] " " table_of(family[i]) " " named[i]
  for (i = 1; i <= lines; i++) if (kind_at[i] ~ /^(rule|element)$/ && text[0, unit_at[i]] != text[1, unit_at[i]]) write(line[i])
  # What uses an object goes before it.
  n = split("chain map set quota", kinds, " ")
  for (k = 1; k <= n; k++) for (i = 1; i <= objects; i++)
    if (kind[i] == kinds[k] && (1, family[i]) in has_family && !((1, family[i], named[i]) in has))
      print "delete " kind[i] " " table_of(family[i]) " " named[i]
}
