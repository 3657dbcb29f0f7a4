import { createHash, randomBytes, randomInt } from "node:crypto";
import type { Token, TokenList } from "../policy/tokens";
import type { OneTime } from "../policy/types";

/** The range of the tokens' port: that of `KnockSequence`. */
const PORTS = { first: 20_000, last: 60_999 };

/**
 * Draws a token for a place in a list. Its name begins with the digit of the place, so tokens spread evenly over
 * `ranges` of digits, and a new token in the same place changes one rule.
 */
export function drawToken(place: number, ranges: number, revision: number, taken: readonly string[]): Token {
  const name = digitOf(place, ranges) + randomBytes(4).toString("hex").slice(1);
  if (taken.includes(name)) return drawToken(place, ranges, revision, taken);
  return {
    name,
    secrets: { ipv4: randomBytes(16).toString("hex"), ipv6: randomBytes(16).toString("hex") },
    revision,
  };
}

/** Example tokens, for explaining a door without a host. Anyone can compute them. */
export function exampleTokens({ tokens: count, port = PORTS.first }: OneTime): TokenList {
  const ranges = rangesOf(count);
  const tokens = Array.from({ length: count }, (_, place): Token => {
    const bytes = createHash("sha512")
      .update(`example ${place + 1}`)
      .digest("hex");
    const name = digitOf(place, ranges) + bytes.slice(1, 8);
    return { name, secrets: { ipv4: bytes.slice(8, 40), ipv6: bytes.slice(40, 72) }, revision: 1 };
  });
  return { port, tokens };
}

/** The number of first digits over which tokens are spread: with the square root, a packet passes the fewest rules. */
export function rangesOf(count: number): number {
  return Math.ceil(Math.sqrt(count));
}

function digitOf(place: number, ranges: number): string {
  return (place % ranges).toString(16);
}

/** Draws a UDP port for tokens that is not `taken`. */
export function drawPort(isTaken: (port: number) => boolean): number {
  const port = randomInt(PORTS.first, PORTS.last + 1);
  return isTaken(port) ? drawPort(isTaken) : port;
}
