import { randomBytes, randomInt } from "node:crypto";
import type { Token } from "../policy/tokens";

/** Ports from which the tokens' one is drawn: those of `KnockSequence`. */
const PORTS = { first: 20_000, last: 60_999 };

/**
 * Draws a token for a place in a list. The digit with which its name begins is that of the place, so that tokens spread
 * evenly over `ranges` of digits, and another one in the same place changes one rule.
 */
export function drawToken(place: number, ranges: number, revision: number, taken: readonly string[]): Token {
  const digit = (place % ranges).toString(16);
  const name = digit + randomBytes(4).toString("hex").slice(1);
  if (taken.includes(name)) return drawToken(place, ranges, revision, taken);
  return {
    name,
    secrets: { ipv4: randomBytes(16).toString("hex"), ipv6: randomBytes(16).toString("hex") },
    revision,
  };
}

/** Draws a UDP port for tokens that is not `taken`. */
export function drawPort(isTaken: (port: number) => boolean): number {
  const port = randomInt(PORTS.first, PORTS.last + 1);
  return isTaken(port) ? drawPort(isTaken) : port;
}
