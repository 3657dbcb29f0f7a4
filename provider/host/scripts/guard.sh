# shellcheck shell=sh
# First of every script: a startup file may have put another shell in the place of sh. zsh is told by its variable; fish,
# csh and tcsh end at this line, which is none of theirs.
# shellcheck disable=SC2194 # a constant in every other shell
case ${ZSH_VERSION-} in ?*) echo 'portknock: zsh, not sh, reads the script'; exit 97 ;; esac
