# shellcheck shell=sh
# Puts a door on a host, or takes it away, as the release before the chains of all doors did, with that release's programs.
#
#   apply.sh FOLDER SCRIPTS VARIANT TOOL ID <DOCUMENT     FOLDER: of those programs; VARIANT: nft or legacy
set -u
dispatchers='PORTKNOCK PORTKNOCK-FORWARD PORTKNOCK-DOCKER-USER'
document=$(cat)
before=$("$4-$3-save" -t filter | awk -v prefix= -f "$1/chains.awk" -f "$2/lib/above.awk" -f "$2/lib/held.awk")
after=$(printf '%s\n' "$before" -- "$document" | awk -v id="$5" -v dispatchers="$dispatchers" -f "$1/merge_door.awk")
case $after in
  'conflict '*)
    echo "${after#conflict }" >&2
    exit 1
    ;;
esac
printf '%s\n' "$before" -- "$after" |
  awk -v id="$5" -v dispatchers="$dispatchers" -f "$1/chains.awk" -f "$1/transition.awk" |
  "$4-$3-restore" --noflush
