"""The article's rules, loaded where they changed."""

from pyinfra.operations import files, server

rules = files.put(name="Rules", src="article.rules", dest="/run/article.rules", mode="600")
server.shell(
    name="Load",
    commands=["iptables-restore -w 5 --noflush /run/article.rules"],
    _if=rules.did_change,
)
