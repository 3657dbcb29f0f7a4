#compdef portknock
_portknock() {
  local -a words_after
  words_after=("${(@f)$(portknock completion words -- "${(@)words[2,CURRENT-1]}" 2>/dev/null)}")
  compadd -a words_after || _files
}
if [ "$funcstack[1]" = _portknock ]; then _portknock "$@"; else compdef _portknock portknock; fi
