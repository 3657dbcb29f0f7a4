# Which chains all doors share, and which are those of a door; of any, where there is no id. mawk knows no {10}.
function is_dispatcher(chain) {
  return chain ~ /^PORTKNOCK(-FORWARD|-DOCKER-USER)?$/ || chain ~ /^PK-000000000[012](-[0-9A-Za-z]+)?$/
}
function is_door(chain, id) {
  return match(chain, /^PK-[0-9a-f]+/) && RLENGTH == 13 && substr(chain, 14) ~ /^(-[0-9A-Za-z]+)?$/ &&
    (id == "" || substr(chain, 4, 10) == id) && !is_dispatcher(chain)
}
