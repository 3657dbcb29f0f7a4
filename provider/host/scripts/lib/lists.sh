# shellcheck shell=sh
# Nobody but root may read who has knocked what: by that, an account of the host could try knocks one after the other.

# Of xt_recent, and of hashlimit, which counts those who hold a grant. The kernel makes a folder as it loads the module, and
# whoever opened a list before keeps it, until the last rule that names it is gone.
LIST_FOLDERS='/proc/net/xt_recent /proc/net/ipt_hashlimit /proc/net/ip6t_hashlimit'

# hide_lists: closes the folders to others, and with them the lists that will be made in there, whoever makes them. From the
# kernel's dr-xr-xr-x that makes dr-x------, which is how show_lists knows what it may open again.
hide_lists() {
  [ -d /proc/net/xt_recent ] || modprobe xt_recent ip_list_perms=0600 2>/dev/null
  set --
  for folder in $LIST_FOLDERS; do
    [ ! -d "$folder" ] || set -- "$@" "$folder"
  done
  [ "$#" -eq 0 ] || chmod go= "$@"
} 2>/dev/null

# show_lists: with the last door gone, leaves the folders as the kernel makes them.
show_lists() {
  for folder in $LIST_FOLDERS; do
    case $(ls -ld "$folder" 2>/dev/null) in dr-x------*) chmod go=rx "$folder" ;; esac
  done
} 2>/dev/null

# are_hidden: whether others are kept out of the folders.
are_hidden() {
  # shellcheck disable=SC2086 # they are several
  listed=$(ls -ld $LIST_FOLDERS 2>/dev/null)
  while [ -n "$listed" ]; do
    case $listed in d???------*) ;; *) return 1 ;; esac
    case $listed in *"$NEWLINE"*) listed=${listed#*"$NEWLINE"} ;; *) return 0 ;; esac
  done
}

# are_open DOOR: whether others may hold a list of the door open (of any, where DOOR is empty), because they could open it.
are_open() {
  # A new door has none.
  for list in /proc/net/xt_recent/pk[46]-"$1"* /proc/net/ipt_hashlimit/pk[46]-"$1"* /proc/net/ip6t_hashlimit/pk[46]-"$1"*; do
    [ ! -e "$list" ] || break
  done
  [ -e "$list" ] || return 1
  # shellcheck disable=SC2010,SC2086 # they are several, and it is their modes that count
  ls -l $LIST_FOLDERS 2>/dev/null | grep -Eq "^-...(r|...r).* pk[46]-$1"
}

# close_lists DOOR: takes the lists of the door, and those of all doors, from others, which are new, or were made anew since others were kept out.
close_lists() {
  # Where a folder has none, chmod is given a name that is not there.
  chmod go= /proc/net/xt_recent/pk[46]-"$1"* /proc/net/xt_recent/pk[46]-known* /proc/net/ipt_hashlimit/pk[46]-"$1"* /proc/net/ip6t_hashlimit/pk[46]-"$1"*
} 2>/dev/null

# are_there RULES: whether the folders of all lists that the rules name are, so that loading them makes none.
are_there() {
  case $1 in *' -m recent '*) [ -d /proc/net/xt_recent ] || return 1 ;; esac
  case $1 in *' -m hashlimit '*) [ -d /proc/net/ipt_hashlimit ] && [ -d /proc/net/ip6t_hashlimit ] || return 1 ;; esac
}

# without_lists RULES: what is left of them where no list is named. No grant opens the door then, and it stays shut.
without_lists() {
  printf '%s\n' "$1" | grep -v -- ' -m recent '
}

# make_known FAMILY: has the lists made that every packet asks for, where the stored rules name them and nothing of ours is there:
# a look-up walks the names of all lists that were made before, those of the other family too
# (net/netfilter/xt_recent.c: recent_table_lookup).
make_known() {
  [ -e "/proc/net/xt_recent/pk$1-known" ] || stored "$1" | known_document "$1" | restore_input "$1"
} 2>/dev/null

# known_document FAMILY: how the chains that all doors share begin, to the rule that names the last of these lists. Nothing
# leads there yet, and `-N` ends it all where a chain is there. What begins so is added to later: with nf_tables, whoever takes a
# rule away waits 11 ms for it.
known_document() {
  printf '%s\n' '*filter'
  sed -n -e 's/^:\(PK-000000000[012]\)/-N \1/p' -e '/^-A PK-000000000[012] /{' -e p -e "/ --name pk$1-known /q" -e '}'
  echo COMMIT
}
