import { groupBy } from "./groupBy";

/**
 * The common subsequence of two lists, for each group on its own, as pairs of indexes. Groups have no order among each
 * other, like the chains of a firewall, and many small groups cost little.
 */
export function commonInGroups(
  a: readonly string[],
  b: readonly string[],
  groupOf: (text: string) => string,
): (readonly [number, number])[] {
  const groups = (list: readonly string[]) => groupBy(list.keys(), (index) => groupOf(list[index] ?? ""));
  const others = groups(b);
  return [...groups(a)].flatMap(([group, own]) => {
    const other = others.get(group) ?? [];
    const texts = (list: readonly string[], indexes: readonly number[]) =>
      indexes.map((index) => list[index] ?? "");
    return commonSubsequence(texts(a, own), texts(b, other)).map(
      ([i, j]) => [own[i] ?? 0, other[j] ?? 0] as const,
    );
  });
}

/** Up to this many pairs of texts, all are compared: two chains of 500 rules each. */
const PAIRS = 250_000;

/**
 * A common subsequence of two lists of texts, as pairs of indexes in ascending order. It is the longest one, unless
 * the lists differ so much and repeat texts so often that finding it would take seconds.
 */
export function commonSubsequence(a: readonly string[], b: readonly string[]): (readonly [number, number])[] {
  // A common beginning and end is part of it. For most lists that is all.
  const shorter = Math.min(a.length, b.length);
  let first = 0;
  while (first < shorter && a[first] === b[first]) first++;
  let last = 0;
  while (last < shorter - first && a[a.length - 1 - last] === b[b.length - 1 - last]) last++;
  const [restA, restB] = [a.slice(first, a.length - last), b.slice(first, b.length - last)];
  const rest = restA.length * restB.length <= PAIRS ? longest(restA, restB) : ofOccurrences(restA, restB);
  return [
    ...Array.from({ length: first }, (_, index) => [index, index] as const),
    ...rest.map(([i, j]) => [first + i, first + j] as const),
    ...Array.from(
      { length: last },
      (_, index) => [a.length - last + index, b.length - last + index] as const,
    ),
  ];
}

/**
 * Pairs the first occurrence of a text with the first in the other list, the second with the second, and takes the
 * longest ascending subsequence of these pairs (Schensted, 1961; n log n). Exact if no text repeats.
 */
function ofOccurrences(a: readonly string[], b: readonly string[]): [number, number][] {
  const places = groupBy(b.keys(), (index) => b[index]);
  const used = new Map<string, number>();
  const ends: Link[] = [];
  for (const [i, text] of a.entries()) {
    const nth = used.get(text) ?? 0;
    const j = places.get(text)?.[nth];
    if (j === undefined) continue;
    used.set(text, nth + 1);
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle]?.pair[1] ?? 0) < j) low = middle + 1;
      else high = middle;
    }
    ends[low] = { pair: [i, j], before: ends[low - 1] };
  }
  const pairs: [number, number][] = [];
  for (let link = ends.at(-1); link !== undefined; link = link.before) pairs.push(link.pair);
  return pairs.reverse();
}

interface Link {
  readonly pair: [number, number];
  readonly before: Link | undefined;
}

/** The longest common subsequence (Wagner and Fischer, "The string-to-string correction problem", 1974). Quadratic. */
function longest(a: readonly string[], b: readonly string[]): [number, number][] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number) => lengths[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    const row = lengths[i] ?? [];
    for (let j = b.length - 1; j >= 0; j--) {
      row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}
