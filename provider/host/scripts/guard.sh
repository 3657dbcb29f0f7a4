# shellcheck shell=sh
# First of every script, since a startup file may have put another shell in the place of sh. csh and tcsh know `$?0`, read
# on after each error, and end here; so does zsh. fish reads no further than to what it takes for an error.
test "$?0" = 00 || exit 97
# shellcheck disable=SC2194 # a constant in every other shell
case ${ZSH_VERSION-} in ?*) exit 97 ;; esac
