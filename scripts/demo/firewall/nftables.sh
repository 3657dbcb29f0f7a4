# shellcheck shell=bash disable=SC2034 # demo.sh and stage.sh read these
# How the demo reads and changes the rules of a host with nothing but nft.

variant=nftables
save_all="nft -s list ruleset"
# The four rules of the article.
article=('ct state established,related ' '<knock 1> update @pk4-.*-open { ip saddr timeout 5s }' 'dport 22 ip saddr @pk4-.*-open .*accept' 'dport 22 counter drop')
remembered='update @'
dropped='counter drop'

# And without who is on a list just now.
without_counters() {
  awk '$1 == "set" { is_set = 1 } $1 == "}" { is_set = 0 } is_set && $1 == "elements" { is_open = 1 } !is_open { print } / }$/ { is_open = 0 }'
}

door_chain() {
  awk '$1 == "chain" && $2 ~ /^PK-[0-9a-f]+$/ { print $2; exit }'
}

# nft deletes a rule by its number.
delete_drop() {
  echo "nft delete rule ip portknock $1 handle \$(nft -a list chain ip portknock $1 | sed -n 's/.*dport 22 counter .*drop # handle //p')"
}

insert_accept() {
  echo "nft insert rule ip portknock $1 ip saddr 198.51.100.66 accept"
}
