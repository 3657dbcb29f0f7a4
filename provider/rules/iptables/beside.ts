import type { Family, HostChain } from "../../policy/types";
import { groupBy } from "../../util/groupBy";
import { hostChains, isShared } from "../dispatcher";
import { ruleIn } from "../families";
import type { Identity, Rule, Ruleset } from "../ir";
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
    const here = lines.filter((line) => isOf(line, of));
    const labelled = inDoorOrder(here, own, identity, family);
    return arrange(of, labelled, here.some(isOlderEntrance)).flatMap(
      ({ rule, serves, isLabelled }): Placed[] => {
        const isOwn = serves.some((one) => own.includes(one));
        return isLabelled && !isOwn ? [] : [{ rule, key: isOwn ? keyOf(rule) : undefined }];
      },
    );
  });
}

/** Without what the host's other doors have a say in: the number of its chain, and for all doors' rules ports and seconds. */
export function keyOf(rule: Rule): string {
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
}

function omitShares({ ports, seconds, ...rest }: Record<string, unknown>): Record<string, unknown> {
  return rest;
}

/** The doors' own rules, parsed, in the order in which the host asks its doors; this door's as they are to be. */
function inDoorOrder(
  lines: readonly string[],
  own: readonly Rule[],
  { id }: Identity,
  family: Family,
): Rule[] {
  const byDoor = groupBy(lines, doorIdOf);
  const ids = [...new Set([...lines.flatMap((line) => entranceIn(line)?.id ?? []), id])];
  return ids.flatMap((door) =>
    door === id
      ? own
      : (byDoor.get(door) ?? []).flatMap((line) => parseRule(line, { id: door, owner: "" }, family) ?? []),
  );
}

function isOf(line: string, of: HostChain): boolean {
  const [chain, dispatcher, entry] = [
    chainIn(line),
    chainName({ kind: "dispatcher", of }, { id: "" }),
    chainName({ kind: "part", of, name: "" }, { id: "" }),
  ];
  return !line.startsWith(":") && (chain === dispatcher || chain === entry || chain.startsWith(`${entry}-`));
}
