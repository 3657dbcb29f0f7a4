# shellcheck shell=bash disable=SC2034 # demo.sh and stage.sh read these
# How the demo reads and changes the rules of a host with iptables.

variant=nf_tables
save_all="iptables-save ; ip6tables-save"
# The four rules of the article.
article=('ESTABLISHED .*-j ACCEPT' '<knock 1> -m recent --set' 'dport 22 .*--rcheck --seconds 5 .*-j ACCEPT' 'dport 22 -j DROP')
remembered=--set
dropped='-j DROP'

without_counters() {
  sed '/^#/d; s/ \[[0-9]*:[0-9]*\]$//'
}

# Not one of those that all doors share.
door_chain() {
  awk -F '[: ]' '/^:PK-/ && !/^:PK-000000000/ { print $2; exit }'
}

delete_drop() {
  echo "iptables -D $1 -p tcp --dport 22 -j DROP"
}

insert_accept() {
  echo "iptables -I $1 -s 198.51.100.66 -j ACCEPT"
}
