import { countOf, PING_SIZES, type Recipe } from "./recipe";

/**
 * The entropy of a recipe's sequences in bits, rounded down: the logarithm of their number, since all are equally
 * likely. Protocols are shown in previews, so they add nothing.
 */
export function entropyBits({ protocols, ports }: Recipe): number {
  const pings = protocols.filter((protocol) => protocol === "icmp").length;
  const bits =
    log2OfScattered(protocols.length - pings, countOf(ports)) + log2OfScattered(pings, countOf([PING_SIZES]));
  return Math.max(0, Math.floor(bits));
}

/**
 * How many sequences of different numbers out of `pool` have no three that rise or fall, and no neighbours in a row:
 * a lower bound.
 */
function log2OfScattered(length: number, pool: number): number {
  if (pool < length) return Number.NEGATIVE_INFINITY;
  const sets = Array.from({ length }, (_, index) => Math.log2((pool - index) / (index + 1)));
  const orders = zigzags(length);
  const share = orders / factorial(length);
  const neighbours = length < 2 ? 0 : (2 * (length - 1)) / pool / share;
  return (
    sets.reduce((sum, bits) => sum + bits, 0) + Math.log2(orders) + Math.log2(Math.max(0, 1 - neighbours))
  );
}

/** How many orders of that many different numbers rise and fall in turn (OEIS A001250), by Seidel's triangle. */
function zigzags(length: number): number {
  if (length < 2) return 1;
  let row = [1];
  for (let index = 1; index < length; index++) {
    let sum = 0;
    row = [0, ...row.toReversed().map((value) => (sum += value))];
  }
  return 2 * row.reduce((sum, value) => sum + value, 0);
}

function factorial(number: number): number {
  return number < 2 ? 1 : number * factorial(number - 1);
}
