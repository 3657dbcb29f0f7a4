/** The port that the peers' rules guard. None of them can knock, so it is not SSH's; ours is. */
export const PEER_PORT = 8080;

/**
 * The article's four rules in a chain of their own, so that they can be loaded again. With the jump, which is loaded once:
 * what the peers put on a host by one iptables-restore.
 */
export function articleRules({ withJump }: { withJump: boolean }): string {
  return [
    "*filter",
    ":ARTICLE - [0:0]",
    "-A ARTICLE -p tcp -m state --state RELATED,ESTABLISHED -j ACCEPT",
    "-A ARTICLE -p tcp -m tcp --dport 1000 -m recent --set --name KNOCKING --rsource",
    `-A ARTICLE -p tcp -m tcp --dport ${PEER_PORT} -m recent --rcheck --seconds 5 --name KNOCKING --rsource -j ACCEPT`,
    `-A ARTICLE -p tcp -m tcp --dport ${PEER_PORT} -j DROP`,
    ...(withJump ? ["-I INPUT 1 -j ARTICLE"] : []),
    "COMMIT",
    "",
  ].join("\n");
}

export const LOAD = "iptables-restore -w 5 --noflush";

/** Where the peers that copy files put the rules. */
export const REMOTE_FILE = "/run/article.rules";
