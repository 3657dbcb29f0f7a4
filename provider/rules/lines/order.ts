import { placeIn } from "../../policy/sameStep";
import { isShared } from "../dispatcher";
import type { DoorSecrets } from "../doorSecrets";
import type { Chain, Rule } from "../ir";

/** The rules of a door as people read them: those that all doors share first. */
export interface Ordered {
  readonly shared: readonly Rule[];
  readonly own: readonly Rule[];
}

/**
 * Pulumi compares lists place by place, so what a rotation adds comes last: the rules of the newer sequence, and those by
 * which its first knock is heard.
 */
export function inReadingOrder(rules: readonly Rule[], { previous }: DoorSecrets): Ordered {
  const own = rules.filter(({ chain }) => !isShared(chain));
  const firsts = rules.filter((rule) => isOfFirsts(rule));
  const older = previous?.sequence.slice(0, 1) ?? [];
  const isOlder = ({ tests }: Rule) =>
    tests.some((test) => test.kind === "knock" && placeIn(older, test.step) > 0);
  const chainsOfOlder = new Set(firsts.filter(isOlder).map(({ chain }) => JSON.stringify(chain)));
  const isBefore = (rule: Rule) => isOlder(rule) || chainsOfOlder.has(JSON.stringify(targetOf(rule)));
  const newer = newerTrack(own);
  return {
    shared: rules.filter((rule) => isShared(rule.chain) && !isOfFirsts(rule)),
    own: [
      ...own.slice(0, newer),
      ...firsts.filter(isBefore),
      ...own.slice(newer),
      ...firsts.filter((rule) => !isBefore(rule)),
    ],
  };
}

/** Where the rules of the newer of two sequences begin; with one sequence, behind them all. */
function newerTrack(own: readonly Rule[]): number {
  const slotOf = (rule: Rule) => {
    const target = targetOf(rule);
    return target?.kind === "attempt" ? (target.slot ?? "a") : undefined;
  };
  const older = own.map(slotOf).find((slot) => slot !== undefined);
  const newer = own.findIndex((rule) => slotOf(rule) !== undefined && slotOf(rule) !== older);
  return newer < 0 ? own.length : newer;
}

function isOfFirsts(rule: Rule): boolean {
  return rule.chain.kind === "firsts" || targetOf(rule)?.kind === "firsts";
}

function targetOf({ verdict }: Rule): Chain | undefined {
  return "chain" in verdict ? verdict.chain : undefined;
}
