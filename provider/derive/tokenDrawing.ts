import { createHash, randomBytes, randomInt } from "node:crypto";
import type { Token, TokenList } from "../policy/tokens";
import type { OneTime } from "../policy/types";

/** Ports from which the tokens' one is drawn: those of `KnockSequence`. */
const PORTS = { first: 20_000, last: 60_999 };

/**
 * Draws a token for a place in a list. The digit with which its name begins is that of the place, so that tokens spread
 * evenly over `ranges` of digits, and another one in the same place changes one rule.
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

/** Tokens that stand for those of a door, in what is said of it without a host: anyone can compute them. */
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

/** Among how many first digits so many tokens are divided, each with as many tokens: the fewest rules to pass. */
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
