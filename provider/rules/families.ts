import { parseNetwork } from "../policy/networks";
import type { Family } from "../policy/types";
import type { List, Prefix, Rule, Ruleset, Test } from "./ir";

/** The rules that stand in a family's table, as they stand there: nothing in them is about the other family. */
export function rulesIn({ rules, families }: Ruleset, family: Family): Rule[] {
  return families.includes(family) ? rules.flatMap((rule) => ruleIn(rule, family) ?? []) : [];
}

/** A rule as it stands in a family's table. Undefined where it is about a network of the other. */
export function ruleIn(rule: Rule, family: Family): Rule | undefined {
  if (familyOf(rule) !== undefined && familyOf(rule) !== family) return undefined;
  const { move } = rule;
  return {
    ...rule,
    tests: rule.tests.map((test) => testIn(test, family)),
    ...(move && {
      move: {
        ...move,
        ...(move.from && { from: listIn(move.from, family) }),
        ...(move.to && { to: listIn(move.to, family) }),
      },
    }),
  };
}

/** The one family that a rule is about; undefined where it is about both. */
export function familyOf({ tests }: Rule): Family | undefined {
  return tests
    .flatMap((test) => (test.kind === "source" ? (parseNetwork(test.network)?.family ?? []) : []))
    .at(0);
}

/** Of how many bits of an address a list takes notice. Undefined where it is all. */
export function bitsOf(list: List, family: Family): number | undefined {
  switch (list.kind) {
    case "token":
      return 0;
    case "grant":
    case "wrong":
    case "deaf":
      return list.prefix?.[family];
    default:
      return undefined;
  }
}

function testIn(test: Test, family: Family): Test {
  if (test.kind === "token") return { ...test, secrets: { [family]: test.secrets[family] } };
  if (test.kind === "in") return { ...test, list: listIn(test.list, family) };
  return test.kind === "rate" ? narrowed(test, family) : test;
}

function listIn(list: List, family: Family): List {
  return "prefix" in list ? narrowed(list, family) : list;
}

function narrowed<T extends { readonly prefix?: Prefix }>({ prefix, ...rest }: T, family: Family) {
  const bits = prefix?.[family];
  return { ...rest, ...(bits !== undefined && { prefix: { [family]: bits } }) };
}
