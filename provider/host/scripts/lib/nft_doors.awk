# door_in TEXT: the id of the door of which a name in the text is, in nftables (`PK-ID...`, `pk4-ID-...`); or nothing.
function door_in(text) {
  if (match(text, /(PK-|pk[46]-)[0-9a-f]+/)) return substr(text, RSTART + (substr(text, RSTART, 2) == "PK" ? 3 : 4), 10)
  return ""
}
