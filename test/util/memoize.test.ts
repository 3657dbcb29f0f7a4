import { expect, test } from "vitest";
import { memoize } from "../../provider/util/memoize";

test("the first results are kept, and later ones made anew", () => {
  const made: string[] = [];
  const make = memoize(2, (text: string, more?: string) => made.push(`${text}${more ?? ""}`));
  for (const text of ["a", "b", "c"]) make(text);
  for (const text of ["a", "b", "c"]) make(text);
  make("a", "more");
  expect(made).toEqual(["a", "b", "c", "c", "amore"]);
});

test("a result may be undefined", () => {
  let times = 0;
  const make = memoize(1, () => {
    times++;
    return undefined;
  });
  expect([make(), make(), times]).toEqual([undefined, undefined, 1]);
});
