import { isDeepStrictEqual } from "node:util";
import type { PortRange } from "../../policy/ports";

/** Ranges in order, joined where they touch. nft does so itself in some sets, and refuses ranges that overlap in others. */
export function unionOf(ranges: readonly PortRange[]): PortRange[] {
  const union: PortRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first)) {
    const last = union.at(-1);
    if (last === undefined || range.first > last.last + 1) union.push(range);
    else union[union.length - 1] = { first: last.first, last: Math.max(last.last, range.last) };
  }
  return union;
}

/** The same items, each once. */
export function distinct<Item>(items: readonly Item[]): Item[] {
  return items.filter((item, index) => items.findIndex((other) => isDeepStrictEqual(other, item)) === index);
}
