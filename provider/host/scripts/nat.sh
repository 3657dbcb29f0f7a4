# shellcheck shell=sh
# Which NAT rules of the host take packets past a door. They change a packet's port or address before INPUT sees it.

# diversions: a line for each NAT rule that concerns a port of the door (of each door, where there is no ID), five at most.
# Reads FAMILIES and HELD.
diversions() {
  for family in $FAMILIES; do
    # shellcheck disable=SC2153 # set by look
    held=$(printf '%s\n' "$HELD" | sed -n "s/^$family //p")
    case $held in *' --comment "portknock '*) ;; *) continue ;; esac
    nat_seen=$(nat_saves "$family")
    case $nat_seen in
      *unseen)
        echo "the NAT rules for IPv$family cannot be read here (by iptables-save or nft): whether one takes a port past a door is not known"
        ;;
    esac
    { printf '%s\n' "$held" && echo -- && nat_translations "$family" "$nat_seen"; } | diverted "$family"
  done | head -n 5
}

# nat_saves FAMILY: the nat tables as iptables shows them, of both variants; `unseen` at the end where one of them is not
# readable by any tool. Asking the legacy tool makes the table, so it is only asked where there is one.
nat_saves() {
  names=ip
  [ "$1" = 4 ] || names=ip6
  if [ "$(variant "${names}tables-save")" = legacy ]; then
    nat_tools=${names}tables-nft-save
    ! is_listed nat "/proc/net/${names}_tables_names" || nat_tools="${names}tables-save $nat_tools"
  else
    nat_tools=${names}tables-save
    ! is_listed nat "/proc/net/${names}_tables_names" || nat_tools="$nat_tools ${names}tables-legacy-save"
  fi
  for nat_tool in $nat_tools; do
    command -v "$nat_tool" >/dev/null 2>&1 || continue
    nat_saved=$("$nat_tool" -t nat 2>/dev/null) || nat_saved=unseen
    case $nat_saved in
      *COMMIT* | '') printf '%s\n' "$nat_saved" ;;
      # nft shows what it has added itself.
      *) nft list tables >/dev/null 2>&1 || { echo unseen && return; } ;;
    esac
  done
}

# nat_translations FAMILY SAVES: a line for each rule that translates the destination of packets from outside:
# `redirect|dnat PROTOCOL PORTS EXCEPT INTERFACE TARGET RULE`, with `-` for any.
nat_translations() {
  printf '%s\n' "$2" | awk "$LOCAL"'
    function word(rule, option,  parts, count, i) {
      count = split(rule, parts, " ")
      for (i = 1; i < count; i++) if (parts[i] == option) return (parts[i - 1] == "!" ? "!" : "") parts[i + 1]
      return ""
    }
    function walk(chain, protocol, ports, except,  i, rule, p, own, target, to, input, rest) {
      for (i = 1; i <= count[chain]; i++) {
        rule = rules[chain, i]
        target = word(rule, "-j") word(rule, "-g")
        input = word(rule, "-i")
        if (input == "lo" || rule ~ /! --dst-type LOCAL/ || is_elsewhere(word(rule, "-d"))) continue
        p = word(rule, "-p")
        if (p !~ /^(tcp|udp)?$/ || p != "" && protocol != "-" && p != protocol) continue
        if (p == "") p = protocol
        own = word(rule, "--dport") word(rule, "--dports")
        rest = except
        if (own ~ /^!/) { rest = joined(except, substr(own, 2)); own = "" }
        if (own == "") own = ports
        if (target ~ /^(REDIRECT|DNAT|NETMAP)$/) {
          to = word(rule, "--to-ports") word(rule, "--to-destination")
          print (target == "REDIRECT" ? "redirect" : "dnat"), p, own, rest, input ~ /^[a-z]/ ? input : "-", to == "" ? "-" : to, rule
        } else if (target ~ /^(ACCEPT|RETURN)$/) {
          if (own != ports && rule !~ / -[sdi] / && p != "-") except = joined(except, p "/" own)
        } else if (target in count) walk(target, p, own, rest)
      }
    }
    $1 == "-A" { rules[$2, ++count[$2]] = $0 }
    END { walk("PREROUTING", "-", "-", "-") }'
  command -v nft >/dev/null 2>&1 || return 0
  # What iptables shows of its own table was read already.
  shown=
  case $2 in *'*nat'*) shown=yes ;; esac
  nft -nn list chains 2>/dev/null | awk -v family="$1" -v shown="$shown" '
    $1 == "table" { table = $2 " " $3 }
    shown && table == (family == 4 ? "ip" : "ip6") " nat" { next }
    table ~ (family == 4 ? "^ip6 " : "^ip ") { next }
    /type nat hook prerouting/ && !seen[table]++ { print table }' |
    while read -r nat_family nat_table; do
      nft -nn list table "$nat_family" "$nat_table" </dev/null 2>/dev/null | awk -v family="$1" "$LOCAL"'
        # From where a word ends, the number, range, set or map that follows; "-" where it has only a name.
        function ports_after(rule, word,  at, text) {
          at = index(rule, word " ")
          if (!at) return ""
          text = substr(rule, at + length(word) + 1)
          sub(/^(map|vmap) /, "", text)
          if (text ~ /^!= /) return "!" ports_of(substr(text, 4))
          return ports_of(text)
        }
        function ports_of(text,  parts, count, i, list) {
          if (text ~ /^[0-9]/) { sub(/ .*/, "", text); sub(/-/, ":", text); return text }
          if (text !~ /^\{/) return "-"
          text = substr(text, 2, index(text, "}") - 2)
          count = split(text, parts, ",")
          for (i = 1; i <= count; i++) {
            gsub(/^ +| +:? .*$| +$/, "", parts[i])
            sub(/-/, ":", parts[i])
            list = list (i > 1 ? "," : "") parts[i]
          }
          return list
        }
        function after(rule, words,  text) {
          if (!match(rule, words)) return ""
          text = substr(rule, RSTART + RLENGTH)
          sub(/ .*/, "", text)
          return text
        }
        function walk(chain, protocol, ports, except,  i, rule, p, own, to, input, rest, subs, s, name, target) {
          if (++depth > 20) { depth--; return }
          for (i = 1; i <= count[chain]; i++) {
            rule = rules[chain, i]
            if (rule ~ (family == 4 ? "nfproto (ipv6|10) |ip6 [sd]addr|dnat ip6 to" : "nfproto (ipv4|2) |(^| )ip [sd]addr|dnat ip to")) continue
            if (rule ~ /iifname "?lo"?( |$)/ || is_elsewhere(after(rule, "ip6? daddr "))) continue
            p = rule ~ /udp dport/ ? "udp" : rule ~ /tcp dport/ ? "tcp" : "-"
            if (p != "-" && protocol != "-" && p != protocol) continue
            if (p == "-") p = protocol
            own = ports_after(rule, "dport")
            rest = except
            if (own ~ /^!/) { rest = joined(except, substr(own, 2)); own = "" }
            if (own == "") own = ports
            input = after(rule, "iifname ")
            gsub(/"/, "", input)
            if (rule ~ /(^| )(redirect|dnat)( |$)/) {
              to = after(rule, "(redirect|dnat)( ip6?)? to ")
              if (rule ~ / map ([{]|@)/) to = "?"
              print rule ~ /(^| )redirect( |$)/ ? "redirect" : "dnat", p, own, rest, input ~ /^[a-z]/ ? input : "-", to ~ /^[?]|^:?[0-9]|^\[|^[0-9a-f]*:/ ? to : "-", chain ": " rule
            } else if (rule ~ /(^| )(accept|return)$/) {
              if (own != ports && own != "-" && rule !~ /[sd]addr|iif/ && p != "-") except = joined(except, p "/" own)
            } else {
              subs = split(rule, target, /(jump|goto) /)
              for (s = 2; s <= subs; s++) {
                name = target[s]
                sub(/[ ,}].*/, "", name)
                walk(name, p, own, rest)
              }
            }
          }
          depth--
        }
        # A long set goes on in the next lines.
        held != "" { $0 = held " " $0; held = "" }
        { line = $0; gsub(/^[ \t]+/, "", line); gsub(/[ \t]+/, " ", line) }
        line !~ /^(table|chain|set|map) / && gsub(/\{/, "{", line) > gsub(/\}/, "}", line) { held = line; next }
        line ~ /^chain / { chain = line; sub(/^chain /, "", chain); sub(/ .*/, "", chain); next }
        line ~ /^type nat hook prerouting/ { bases[++n] = chain; next }
        line ~ /^type / { next }
        chain != "" && line != "}" && line != "" {
          sub(/ counter packets [0-9]+ bytes [0-9]+/, "", line)
          rules[chain, ++count[chain]] = line
        }
        line == "}" { chain = "" }
        END { for (b = 1; b <= n; b++) walk(bases[b], "-", "-", "-") }'
    done
}

# For awk: whether an address, as a rule asks for it, is none of this host's; lists of ports.
# shellcheck disable=SC2016 # awk expands
LOCAL='
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
'

# diverted FAMILY: of the held rules and, after `--`, the translations, the sentences about those that concern a door.
diverted() {
  awk -v family="$1" -v id="${ID-}" "$LOCAL"'
    function bounds(text,  parts) { if (split(text, parts, ":") == 1) parts[2] = parts[1]; low = parts[1] + 0; high = parts[2] + 0 }
    function is_in(first, last, protocol, list,  parts, count, i, text) {
      if (list == "-") return 0
      count = split(list, parts, ",")
      for (i = 1; i <= count; i++) {
        text = parts[i]
        if (text ~ /^[a-z]+\//) { if (index(text, protocol "/") != 1) continue; sub(/^[a-z]+\//, "", text) }
        bounds(text)
        if (first >= low && last <= high) return 1
      }
      return 0
    }
    # Which door guards these ports where INPUT, or a chain of forwarded packets, sees them.
    function guard(first, last, protocol, is_forward,  d) {
      for (d = 1; d <= doors; d++)
        if (forward[d] == is_forward && kind[d] == protocol && first >= from[d] && last <= to[d]) return d
      return 0
    }
    # A rule of nft may have a map of any length.
    function told(rule) {
      sub(/^-A /, "", rule)
      return "IPv" family ", `" (length(rule) > 300 ? substr(rule, 1, 300) "..." : rule) "`"
    }
    # What INPUT sees of a translated port: `seen` to `seen_last`; none of it where it goes elsewhere.
    function translate(first, last,  address, port) {
      seen = first; seen_last = last
      # Another port for each, which a map has.
      if (target == "?") { seen = seen_last = 0; return type == "redirect" }
      address = target; port = ""
      if (type == "redirect") { port = target; sub(/^.*:/, "", port) }
      else if (target ~ /^\[/) { port = target; sub(/^.*\]:?/, "", port); sub(/^\[/, "", address); sub(/\].*/, "", address) }
      else if (target ~ /^[0-9.]+(-[0-9.]+)?:[0-9]/) { port = target; sub(/^.*:/, "", port); sub(/:.*/, "", address) }
      if (port ~ /^[0-9]/) { sub(/\/.*/, "", port); sub(/-/, ":", port); bounds(port); seen = low; seen_last = high }
      return type == "redirect" || address ~ /^127\./ || address == "::1" || address != "-" && owns_address(address)
    }
    function owns_address(address) { return is_own(address) && owns }
    function judge(rule,  d, count, parts, i, first, last, is_here, p) {
      for (d = 1; d <= doors; d++) {
        if (id != "" && of[d] != id || protocol != "-" && protocol != kind[d]) continue
        if (input != "-" && by[d] != "" && input != by[d] && input !~ /[+*]$/ && by[d] !~ /\+$/) continue
        count = ports == "-" ? 1 : split(ports, parts, ",")
        for (i = 1; i <= count; i++) {
          if (ports == "-") { first = from[d]; last = to[d] }
          else {
            bounds(parts[i]); first = low; last = high
            if (first < from[d]) first = from[d]
            if (last > to[d]) last = to[d]
          }
          if (first > last || is_in(first, last, kind[d], except)) continue
          is_here = translate(first, last)
          p = kind[d] "/" first (first == last ? "" : "-" last)
          if (!is_here && !forward[d])
            print "NAT may take " p " past the door (" told(rule) "): it sends packets elsewhere, and INPUT does not see them. To guard the port, give a door the chain FORWARD (for containers DOCKER-USER), or take the rule away"
          else if (is_here && (forward[d] || !guard(seen, seen_last, kind[d], 0)))
            print "NAT may take " p " past the door (" told(rule) "): INPUT sees it as " (seen ? kind[d] "/" seen (seen == seen_last ? "" : "-" seen_last) ", which no door guards" : "another port") ". To close it, name the port that INPUT sees in a door, or take the rule away"
          else continue
          return
        }
      }
      if (ports == "-" || protocol == "-") return
      # And ports that come to a door though it does not name them.
      count = split(ports, parts, ",")
      for (i = 1; i <= count; i++) {
        bounds(parts[i]); first = low; last = high
        if (guard(first, last, protocol, 0) || !translate(first, last)) continue
        d = guard(seen, seen_last, protocol, 0)
        if (!d || id != "" && of[d] != id) continue
        print "NAT brings " protocol "/" first (first == last ? "" : "-" last) " to a door (" told(rule) "): INPUT sees it as " protocol "/" seen ", which a door guards, so it is closed too. Where Pulumi connects by that port, give the sequence of that door as connection.knock"
        return
      }
    }
    $0 == "--" { own = 1; next }
    !own {
      if ($0 !~ /^-A PORTKNOCK.* --comment "portknock [0-9a-f]+" -j (ACCEPT|RETURN)$/) next
      list = ""; type = ""; input = ""
      for (i = 3; i < NF; i++) {
        if ($i == "-p") type = $(i + 1)
        if ($i == "-i") input = $(i + 1)
        if ($i ~ /^--(dports?|ctorigdstport)$/) list = $(i + 1)
      }
      n = split(list, parts, ",")
      for (i = 1; i <= n; i++) {
        bounds(parts[i])
        doors++; from[doors] = low; to[doors] = high; kind[doors] = type; by[doors] = input
        of[doors] = $(NF - 2)
        sub(/"/, "", of[doors])
        forward[doors] = $2 == "PORTKNOCK" ? 0 : 1
      }
      next
    }
    {
      type = $1; protocol = $2; ports = $3; except = $4; input = $5; target = $6
      rule = $0
      for (i = 1; i <= 6; i++) sub(/^[^ ]+ /, "", rule)
      judge(rule)
    }'
}
