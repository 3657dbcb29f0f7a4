# shellcheck shell=bash
_portknock() {
  local word=${COMP_WORDS[COMP_CWORD]} words each
  mapfile -t words < <(portknock completion words -- "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)
  COMPREPLY=()
  # compgen -W would expand the words, and readline puts them into the command line as they are.
  for each in "${words[@]}"; do
    [[ $each == "$word"* ]] && COMPREPLY+=("$(printf %q "$each")")
  done
}
complete -o default -F _portknock portknock
