# shellcheck shell=bash
_portknock() {
  local word=${COMP_WORDS[COMP_CWORD]} words
  words=$(portknock completion words -- "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _portknock portknock
