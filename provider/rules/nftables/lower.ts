import type { List, Rule, Ruleset, Test } from "../ir";
import { dispatchRules } from "./dispatch";
import { inOrder } from "./order";
import { unionOf } from "./union";

/**
 * The ruleset as nftables can hold it:
 * - A set's entries end by themselves, after a time that is said when they are made. So rules no longer ask for an age.
 * - A set holds a source once. N wrong knocks are N - 1 sets: each goes into the first that does not hold the source.
 * - Packets come to the door by the dispatcher of dispatch.ts.
 */
export function lower(ruleset: Ruleset): Ruleset {
  const secondsOf = secondsByList(ruleset);
  const places = placesIn(ruleset);
  const own = ruleset.rules
    .filter(({ chain }) => !("of" in chain))
    .flatMap((rule) => atPlaces(rule, places))
    .map((rule) => withTimes(rule, secondsOf));
  const dispatch = dispatchRules(ruleset);
  const begun = dispatch.flatMap(({ move }) => move?.to ?? []).slice(0, 1);
  return {
    ...ruleset,
    rules: [...dispatch, ...own].map((rule) => ({ ...rule, tests: inOrder(rule.tests.map(withUnion)) })),
    lists: [...begun, ...ruleset.lists.flatMap((list) => listsOf(list, places))],
  };
}

const keyOf = (list: List) => JSON.stringify(list);

/** How long a source is found on each list, by the list as JSON. */
function secondsByList({ rules }: Ruleset): ReadonlyMap<string, number> {
  const seconds = new Map<string, number>();
  for (const test of rules.flatMap(({ tests }) => tests))
    if (test.kind === "in" && test.seconds !== undefined) seconds.set(keyOf(test.list), test.seconds);
  return seconds;
}

/** How many wrong knocks of a source are remembered. */
function placesIn({ rules }: Ruleset): number {
  const hits = rules.flatMap(({ tests }) =>
    tests.flatMap((test) => (test.kind === "in" && test.list.kind === "wrong" ? (test.hits ?? 1) : [])),
  );
  return Math.max(0, ...hits);
}

function listsOf(list: List, places: number): List[] {
  if (list.kind !== "wrong") return [list];
  return Array.from({ length: places }, (_, index) => ({ ...list, place: index + 1 }));
}

function atPlaces(rule: Rule, places: number): Rule[] {
  const to = rule.move?.to;
  if (to?.kind !== "wrong") return [rule];
  return listsOf(to, places).map((place) => ({ ...rule, move: { ...rule.move, to: place } }));
}

/** A list that no rule asks for is left at once. */
function withTimes(rule: Rule, secondsOf: ReadonlyMap<string, number>): Rule {
  const { from, to } = rule.move ?? {};
  const seconds = to && (secondsOf.get(keyOf(wholeOf(to))) ?? 1);
  return {
    ...rule,
    tests: rule.tests.map((test) => (test.kind === "in" ? withoutSeconds(test) : test)),
    ...(rule.move && { move: { ...(from && { from }), ...(to && { to }), ...(seconds && { seconds }) } }),
  };
}

function withoutSeconds({ list, hits }: Extract<Test, { kind: "in" }>): Test {
  return { kind: "in", list, ...(hits !== undefined && { hits }) };
}

function wholeOf(list: List): List {
  if (list.kind !== "wrong") return list;
  const { place: _, ...whole } = list;
  return whole;
}

/** nft joins the ranges of a set where they touch, and refuses some that overlap. */
function withUnion(test: Test): Test {
  return test.kind === "service" ? { ...test, ports: unionOf(test.ports) } : test;
}
