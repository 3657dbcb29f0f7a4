import fc from "fast-check";
import { expect, test } from "vitest";
import { commonSubsequence } from "../../provider/util/subsequence";

/** Two lists that share much, as a chain does with what it was. */
const lists = (texts: number, max: number) =>
  fc.tuple(...[0, 1].map(() => fc.array(fc.nat(texts).map(String), { maxLength: max })));

test("pairs ascend, and are of equal texts", () => {
  fc.assert(
    fc.property(lists(5, 40), ([a = [], b = []]) => {
      const pairs = commonSubsequence(a, b);
      for (const [index, [i, j]] of pairs.entries()) {
        expect(a[i]).toBe(b[j]);
        const [before = [-1, -1]] = pairs.slice(Math.max(index - 1, 0), index);
        expect(i > (before[0] ?? -1) && j > (before[1] ?? -1)).toBe(true);
      }
    }),
  );
});

/** By trying all: the longest one there is. */
function longest(a: readonly string[], b: readonly string[]): number {
  const [first, ...rest] = a;
  if (first === undefined) return 0;
  const place = b.indexOf(first);
  const without = longest(rest, b);
  return place < 0 ? without : Math.max(without, 1 + longest(rest, b.slice(place + 1)));
}

test("small lists have all in common that they can have", () => {
  fc.assert(
    fc.property(lists(3, 8), ([a = [], b = []]) => {
      expect(commonSubsequence(a, b)).toHaveLength(longest(a, b));
    }),
  );
});

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `${from + index}`);

test.each([
  { what: "equal ones", a: numbers(0, 25_000), b: numbers(0, 25_000), common: 25_000 },
  {
    what: "one more in the middle",
    a: numbers(0, 25_000),
    b: [...numbers(0, 9), "x", ...numbers(9, 25_000)],
    common: 25_000,
  },
  { what: "nothing in common", a: numbers(0, 25_000), b: numbers(30_000, 55_000), common: 0 },
  {
    what: "both ends changed",
    a: ["a", ...numbers(0, 25_000), "b"],
    b: ["c", ...numbers(0, 25_000), "d"],
    common: 25_000,
  },
  {
    what: "half of it moved to the end",
    a: numbers(0, 25_000),
    b: [...numbers(12_500, 25_000), ...numbers(0, 12_500)],
    common: 12_500,
  },
  { what: "the other way round", a: numbers(0, 25_000), b: numbers(0, 25_000).reverse(), common: 1 },
  {
    what: "one text over and over",
    a: ["a", ...new Array(20_000).fill("x"), "b"],
    b: ["c", ...new Array(25_000).fill("x")],
    common: 20_000,
  },
])("long lists, $what: $common, at once", ({ a, b, common }) => {
  const started = performance.now();
  expect(commonSubsequence(a, b)).toHaveLength(common);
  expect(performance.now() - started).toBeLessThan(1_000);
});
