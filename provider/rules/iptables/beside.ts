import type { Family, HostChain } from "../../policy/types";
import { groupBy } from "../../util/groupBy";
import { memoize } from "../../util/memoize";
import { memoizeByObject } from "../../util/memoizeByObject";
import { once } from "../../util/once";
import { hostChains, isShared } from "../dispatcher";
import { ruleIn } from "../families";
import type { Rule, Ruleset } from "../ir";
import type { Placed } from "../lines/syntax";
import { arrange, numberedChain } from "./arrange";
import { labelRules } from "./label";
import { chainIn, doorIdOf, entranceIn, isOlderEntrance } from "./line";
import { chainName } from "./names";
import { parseRule } from "./parse";
import { splitPorts } from "./slots";

/** The rules of the shared chains in a family's table that has the doors of these lines, and this one. */
export function beside(ruleset: Ruleset, lines: readonly string[], family: Family): Placed[] {
  const { identity } = ruleset;
  const shared = splitPorts(ruleset.rules.filter(({ chain }) => isShared(chain)));
  return hostChains(ruleset).flatMap((of) => {
    const own = labelRules(shared, of).flatMap((rule) => ruleIn(rule, family) ?? []);
    const isOfDoor = new Set(own);
    const { doors, hasOlder } = neighboursIn(lines)(of, family);
    const labelled = [...new Set([...doors.keys(), identity.id])].flatMap((id) =>
      id === identity.id ? own : (doors.get(id)?.() ?? []),
    );
    return arrange(of, labelled, hasOlder).flatMap(({ rule, serves, isLabelled }): Placed[] => {
      const isOwn = serves.some((one) => isOfDoor.has(one));
      return isLabelled && !isOwn ? [] : [{ rule, key: isOwn ? keyOf(rule) : undefined }];
    });
  });
}

/** Without what the host's other doors have a say in: the number of its chain, and for all doors' rules ports and seconds. */
export const keyOf = memoizeByObject((rule: Rule): string => {
  const { tests, verdict, comment } = rule;
  const isOfAll =
    (isShared(rule.chain) && "chain" in verdict && isShared(verdict.chain)) ||
    comment?.startsWith("portknock 000000000");
  return JSON.stringify({
    ...rule,
    chain: numberedChain(rule.chain, 0),
    tests: isOfAll ? tests.map(({ kind, ...rest }) => ({ kind, ...omitShares(rest) })) : tests,
    verdict: "chain" in verdict ? { ...verdict, chain: numberedChain(verdict.chain, 0) } : verdict,
  });
});

function omitShares({
  ports,
  isSpanned,
  seconds,
  ...rest
}: Record<string, unknown>): Record<string, unknown> {
  return rest;
}

/** The doors' own rules in the shared chains behind a dispatcher, in the order in which the host asks its doors; parsed once asked for. */
interface Neighbours {
  readonly doors: ReadonlyMap<string, () => readonly Rule[]>;
  readonly hasOlder: boolean;
}

/** The lines of a host are read once for all of its doors. */
const neighboursIn = memoizeByObject((lines: readonly string[]) =>
  memoize(6, (of: HostChain, family: Family): Neighbours => {
    const here = rulesBehind(lines, of);
    const byDoor = groupBy(here, doorIdOf);
    const ids = [...here.flatMap((line) => entranceIn(line)?.id ?? []), ...byDoor.keys()];
    const read = (id: string) =>
      once(() =>
        [...(byDoor.get(id) ?? [])]
          // iptables lists chains by their names, and so the tenth before the second.
          .sort((one, other) => numberIn(one) - numberIn(other))
          .flatMap((line) => parseRule(line, { id, owner: "" }, family) ?? []),
      );
    return {
      doors: new Map([...new Set(ids)].flatMap((id) => (id === undefined ? [] : [[id, read(id)]]))),
      hasOlder: here.some(isOlderEntrance),
    };
  }),
);

function numberIn(line: string): number {
  return Number(/^PK-\w+-.*?(\d+)$/.exec(chainIn(line))?.[1] ?? 0);
}

/** The rules of a dispatcher and of the chains behind it. */
function rulesBehind(lines: readonly string[], of: HostChain): string[] {
  const dispatcher = chainName({ kind: "dispatcher", of }, { id: "" });
  const entry = chainName({ kind: "part", of, name: "" }, { id: "" });
  return lines.filter((line) => {
    const chain = chainIn(line);
    return (
      !line.startsWith(":") && (chain === dispatcher || chain === entry || chain.startsWith(`${entry}-`))
    );
  });
}
