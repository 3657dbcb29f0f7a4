# shellcheck shell=sh
# Has the doors loaded at boot, before the network is up, and again when another firewall service was restarted.
# The controller sets besides: UNIT and UNIT_AGAIN (for systemd), SERVICE (for OpenRC). The apply has brought load.sh, which
# loads them, and remove.sh.

OPENRC_SERVICE=/etc/init.d/portknock
# What the kernel's module is told when it is loaded (modprobe.d(5)).
MODULE=/etc/modprobe.d/portknock.conf
MODULE_TEXT='# The lists of who has knocked are for root alone. Made by pulumi-portknock, and removed with its last door.
options xt_recent ip_list_perms=0600'

# persist: stores what the host holds, as it was looked at, or with no door left removes every trace. False where that did
# not work. Both families are one file: a power cut between two would bring back two different doors.
persist() {
  case $HELD in
    *'4 :PORTKNOCK'* | *'6 :PORTKNOCK'* | *' add chain '*) ;;
    *)
      forget_stored
      return
      ;;
  esac
  store && prune_ledger && store_marks || return 1
  # Whoever restores the doors' rules after the next boot. Without it they are hidden by the loader.
  [ -z "$FAMILIES" ] || [ ! -d /etc/modprobe.d ] || [ "$(cat "$MODULE" 2>/dev/null)" = "$MODULE_TEXT" ] || write "$MODULE" 0644 "$MODULE_TEXT"
  loader
  case $LOADER in
    systemd)
      enable_unit portknock.service "$UNIT" && enable_unit portknock-again.service "$UNIT_AGAIN" || return 1
      # Only an active unit is reloaded with others. Not waited for, since it waits for our lock.
      systemctl start --quiet --no-block portknock.service 2>&1
      ;;
    openrc)
      level=$(runlevel_of_network)
      [ "$(cat "$OPENRC_SERVICE" 2>/dev/null)" = "$SERVICE" ] && [ -L "/etc/runlevels/$level/portknock" ] && return
      write "$OPENRC_SERVICE" 0755 "$SERVICE" && rc-update --quiet add portknock "$level" 2>&1
      ;;
  esac
}

# store: writes the rules and, where they are not there yet, the scripts that load and remove them, which are run by `sh`.
# All are on the disk before the first takes its name, and the rules take it last.
store() {
  staged=$ETC/new
  # Of a script that was killed here.
  [ ! -e "$staged" ] || rm -rf "$staged"
  if [ -e "$ETC/load.sh" ] &&
    [ "$(cat "$ETC/load.sh" "$ETC/remove.sh")" = "$(cat "$PENDING/load.sh" "$PENDING/remove.sh")" ]; then
    write "$ETC/rules" 0600 "$HELD"
  elif ! { mkdir -p "$staged" && cp "$PENDING/load.sh" "$PENDING/remove.sh" "$staged" && put "$staged/rules" "$HELD" &&
    sync "$staged"/* && mv "$staged"/* "$ETC" && rmdir "$staged"; }; then
    rm -rf "$staged"
    return 1
  fi
}

# store_marks: the chains of the host that have a rule for the connection mark. The last door in nftables takes these with it.
store_marks() {
  # shellcheck disable=SC2153 # lib/marks.sh sets it
  [ -e "$MARKED" ] || [ -e "$PENDING/marked" ] || return 0
  # shellcheck disable=SC2153 # lib/marks.sh sets it
  marked=$(cat "$MARKED" "$PENDING/marked" 2>/dev/null | sort -u)
  case $HELD in
    *' add chain '*) write "$MARKED" 0600 "$marked" ;;
    *) for_each_line unmark "$marked" && rm -f "$MARKED" ;;
  esac
}

# prune_ledger: forgets the tokens of doors that are gone.
prune_ledger() {
  [ -e "$LEDGER" ] || return 0
  pruned=$(printf '%s\n' "$HELD" | awk -v ledger="$LEDGER" '
    $2 ~ /^:PK-[0-9a-f]+$/ { held[substr($2, 5)] }
    $3 == "chain" && $6 ~ /^PK-[0-9a-f]+$/ { held[substr($6, 4)] }
    END { while ((getline line <ledger) > 0) { split(line, word, " "); if (word[1] in held) print line } }')
  [ "$pruned" = "$(cat "$LEDGER")" ] || write "$LEDGER" 0600 "$pruned"
}

# enable_unit NAME TEXT: writes a unit of systemd's, and has it started at boot.
enable_unit() {
  if [ "$(cat "$ETC/$1" 2>/dev/null)" != "$2" ] || ! systemctl is-enabled --quiet "$1"; then
    write "$ETC/$1" 0644 "$2" && systemctl enable --quiet "$ETC/$1" 2>&1
  fi
}

# Stopping the unit does nothing to the rules; one that has run would stay with systemd until the next boot.
forget_stored() {
  [ ! -e "$MARKED" ] || for_each_line unmark "$(cat "$MARKED")" || return 1
  loader
  case $LOADER in
    systemd)
      [ ! -L /etc/systemd/system/portknock-again.service ] ||
        systemctl disable --quiet portknock-again.service 2>&1 || return 1
      [ ! -L /etc/systemd/system/portknock.service ] ||
        systemctl disable --quiet --now portknock.service 2>&1 || return 1
      ;;
    openrc)
      for link in /etc/runlevels/*/portknock; do
        level=${link%/portknock}
        [ ! -L "$link" ] || rc-update --quiet delete portknock "${level##*/}" 2>&1 || return 1
      done
      rm -f "$OPENRC_SERVICE"
      ;;
  esac && rm -rf "$ETC" "$MODULE" && show_lists
}

# known: sets HELD to what is left of the doors after one was taken away, where that cannot be read.
known() {
  [ -e "$PENDING/known" ] && HELD=$(cat "$PENDING/known")
}

# conclude: with the lock held, stores what was confirmed, and ends the transaction. Whoever finds that the script which
# confirmed has died does this in its place. Sets STORED to what it has stored.
# shellcheck disable=SC2034 # read by is_stored
conclude() {
  problem=
  if { [ -n "${LOOKED-}" ] || look || known; } && problem=$(persist 2>&1); then
    STORED=$HELD
  else
    echo "unpersisted $(one_line "$problem")"
  fi
  forget
}
