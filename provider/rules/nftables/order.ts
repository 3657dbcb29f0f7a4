import type { Test } from "../ir";

/** A rate is taken from only by what passes all other tests. nft needs the protocol before the original port. */
const ORDER: readonly Test["kind"][] = [
  ...(["source", "interface", "loopback", "broadcast", "flow", "notIcmp", "attempt", "service"] as const),
  ...(["openSocket", "knock", "tokenShape", "tokenDigit", "token"] as const),
  ...(["until", "between", "in", "rate", "limit"] as const),
];

/** The tests of a rule as they are written and read, so that equal rules are equal texts. */
export function inOrder(tests: readonly Test[]): Test[] {
  return [...tests].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}
