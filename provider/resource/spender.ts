import { randomInt } from "node:crypto";
import type { HostAccess } from "../host/enter";
import { type TokenList, tokenStep, unusedTokens } from "../policy/tokens";

/** Tokens that one connection may spend. */
const MOST_TOKENS = 3;

/**
 * Spends one-time tokens of a door where no sequence gets in: someone who forges packets from this machine's address can reset
 * every sequence, but not a token, which is one datagram. Tokens are drawn at random, since an earlier try may have used
 * one that the state still counts as unused.
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
