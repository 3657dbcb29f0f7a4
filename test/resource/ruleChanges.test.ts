import { expect, test } from "vitest";
import { ruleChanges } from "../../provider/resource/ruleChanges";

const owner = "organization/shop/prod/web";

test.each([
  ["no rule", ["a", "b"], ["a", "b"], undefined],
  ["one", ["a", "b"], ["a", "c"], "1 rule changes"],
  ["one more", ["a"], ["a", "a"], "1 rule changes"],
  ["all", ["a", "b", "c"], ["d"], "3 rules change"],
  ["a state without rules", undefined, ["a"], undefined],
])("a preview says how many rules change: %s", (_name, before, after, said) => {
  const text = ruleChanges({ owner, rules: before }, { owner, rules: after });
  expect(text).toBe(said && `${owner}: ${said}; --diff shows them`);
});
