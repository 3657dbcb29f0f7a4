import { randomInt } from "node:crypto";
import type { HostAccess } from "../host/enter";
import { type TokenList, tokenStep, unusedTokens } from "../policy/tokens";

/** How many one connection may spend. */
const MOST_TOKENS = 3;

/**
 * Spends one-time tokens of a door, for a connection that nothing else brings about: whoever sends packets with this
 * machine's address resets every sequence that it begins, and a token is one datagram. Drawn at random, since the state
 * learns which are used only once the host was reached, and the one of an earlier try may be.
 */
export function spender(list: TokenList): NonNullable<HostAccess["token"]> {
  const left = unusedTokens(list);
  let spent = 0;
  return (family) => {
    if (left.length === 0 || spent === MOST_TOKENS) return undefined;
    const [token] = left.splice(randomInt(left.length), 1);
    if (token === undefined) return undefined;
    spent++;
    const step = tokenStep(token, list.port, family === 4 ? "ipv4" : "ipv6");
    return { sequence: [step], source: "one-time tokens of this door" };
  };
}
