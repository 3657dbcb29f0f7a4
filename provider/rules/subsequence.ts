import { groupBy } from "./group";

/**
 * What two lists have in common in each group on its own, as pairs of indexes: between groups there is no order. A firewall's
 * chains are such groups, and many small ones cost little.
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

/**
 * The longest common subsequence of two lists of texts, as pairs of indexes in ascending order (Wagner and Fischer,
 * "The string-to-string correction problem", 1974). Quadratic: meant for the few hundred rules of a door.
 */
function commonSubsequence(a: readonly string[], b: readonly string[]): (readonly [number, number])[] {
  // What two lists begin with in common is part of it: for most, that is all.
  let same = 0;
  while (same < Math.min(a.length, b.length) && a[same] === b[same]) same++;
  const rest = ofDifferent(a.slice(same), b.slice(same));
  return [
    ...Array.from({ length: same }, (_, index) => [index, index] as const),
    ...rest.map(([i, j]) => [same + i, same + j] as const),
  ];
}

function ofDifferent(a: readonly string[], b: readonly string[]): [number, number][] {
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
