# Whether an address, as a rule asks for it, is none of this host's; lists of ports.

function is_elsewhere(address,  line, parts) {
  if (address == "" || address ~ /^!/ || address ~ /[^0-9a-f:.\/]/) return 0
  if (address ~ /\// && address !~ /\/(32|128)$/) return 0
  sub(/\/.*/, "", address)
  return !is_own(address)
}
function is_own(address,  line, parts) {
  if (!asked_own++) while (("ip -o address show" | getline line) > 0) {
    split(line, parts, " ")
    sub(/\/.*/, "", parts[4])
    own_address[parts[4]]
    owns++
  }
  return !owns || address in own_address
}
function joined(list, more) { return list == "-" ? more : list "," more }
