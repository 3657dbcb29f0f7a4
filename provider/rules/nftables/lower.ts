import { isShared } from "../dispatcher";
import type { List, Rule, Ruleset, Test } from "../ir";
import { dispatchRules } from "./dispatch";
import { inOrder } from "./order";
import { unionOf } from "./union";

/**
 * The ruleset as nftables can hold it:
 * - A set's entries end by themselves, after a time that is said when they are made. So rules no longer ask for an age.
 * - A set holds a source once. N wrong knocks are N - 1 sets: each goes into the first that does not hold the source.
 * - Packets come to the door by the dispatcher of dispatch.ts. `known` belongs to all doors; nobody is on `advanced`.
 */
export function lower(ruleset: Ruleset): Ruleset {
  const secondsOf = secondsByList(ruleset);
  const places = placesIn(ruleset);
  const isWrong = ({ chain }: Rule) => chain.kind === "wrong";
  const own = ruleset.rules.filter(({ chain }) => !isShared(chain));
  const others = own.filter((rule) => !isWrong(rule));
  const counted = [...atPlaces(own.filter(isWrong), places), ...others].map((rule) =>
    withTimes(rule, secondsOf),
  );
  const dispatch = dispatchRules(ruleset);
  return {
    ...ruleset,
    rules: [...dispatch, ...counted].map((rule) => ({ ...rule, tests: inOrder(rule.tests.map(withUnion)) })),
    lists: ruleset.lists
      .filter(({ kind }) => kind !== "known" && kind !== "advanced")
      .flatMap((list) => (list.kind === "wrong" ? placesOf(list, places) : [list])),
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

/**
 * Wrong knocks: into the first place that does not hold the source. Where none is left, the number is full. A rule of the
 * kernel holds 4 KiB, so each place has a rule of its own.
 */
function atPlaces(rules: readonly Rule[], places: number): Rule[] {
  const isCounting = ({ move }: Rule) => move?.to?.kind === "wrong";
  const counting = rules
    .filter(isCounting)
    .flatMap((rule) =>
      placesOf(rule.move?.to, places).map((place): Rule => ({ ...rule, move: { to: place } })),
    );
  const full = rules
    .filter((rule) => !isCounting(rule))
    .flatMap((rule): Rule[] => {
      const { from, ...move } = rule.move ?? {};
      const tests = rule.tests.filter((test) => test.kind !== "in" || test.list.kind !== "wrong");
      return [
        ...placesOf(from, places).map(
          (place): Rule => ({
            chain: rule.chain,
            tests,
            move: { from: place },
            verdict: { kind: "continue" },
          }),
        ),
        { ...rule, tests, move },
      ];
    });
  return [...counting, ...full];
}

function placesOf(list: List | undefined, places: number): List[] {
  if (list?.kind !== "wrong") return [];
  return Array.from({ length: places }, (_, index) => ({ ...list, place: index + 1 }));
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

function withoutSeconds({ list }: Extract<Test, { kind: "in" }>): Test {
  return { kind: "in", list };
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
