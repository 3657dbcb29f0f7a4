import type { PortRange } from "../../policy/ports";
import type { HostChain } from "../../policy/types";
import { groupBy } from "../../util/groupBy";
import { hostChains, isShared } from "../dispatcher";
import type { Chain, Rule, Ruleset, Test, Verdict } from "../ir";
import { distinct, unionOf } from "./union";

/**
 * How packets come to one door among many, at a cost that does not grow with their number:
 *
 * 1. Packets of established flows leave.
 * 2. A packet for a door's port goes to that door alone.
 * 3. What the host sends to itself goes to the doors that listen to it, and no further.
 * 4. A first knock of a door puts its source on the door's list of those under way.
 * 5. Each door hears what the sources on that list send.
 *
 * A door that has to hear every packet (wrong knocks are counted, or the first knock changes with the clock) has no steps 4
 * and 5, but a rule of its own. A token, and the only knock of a sequence, go to the door themselves.
 */
export function dispatchRules(ruleset: Ruleset): Rule[] {
  return hostChains(ruleset).flatMap((of) => rulesOf(ruleset, of));
}

function rulesOf({ rules, identity }: Ruleset, of: HostChain): Rule[] {
  const shared = rules.filter(({ chain }) => isShared(chain) && chain.of === of);
  const [way] = shared.filter(({ chain }) => chain.kind === "every");
  if (way === undefined) return [];
  const { tests: here, verdict } = way;
  const chain: Chain = { kind: "dispatcher", of };
  const comment = `portknock ${identity.owner}`;
  const firsts = distinct(shared.flatMap((rule) => firstsOf(rule)));
  const { seconds = 1 } = shared.flatMap(({ tests }) => tests).find(isUnderWay) ?? {};
  const move = { to: { kind: "underWay" }, also: { kind: "known" }, seconds } as const;
  return [
    { chain, tests: [ESTABLISHED, { kind: "notIcmp" }], verdict: { kind: "return" } },
    ...gates(shared, here).map((tests): Rule => ({ chain, tests, verdict: TO_DOOR })),
    ...shared.filter((rule) => leadsToOwn(rule)),
    ...firsts.map(
      ({ tests, isRemembered }): Rule => ({
        chain,
        tests: [...here, ...tests],
        ...(isRemembered ? { move, verdict: { kind: "continue" } } : { verdict, comment }),
      }),
    ),
    ...(firsts.some(({ isRemembered }) => isRemembered)
      ? [{ chain, tests: [...here, { kind: "in" as const, list: move.to }], move, verdict, comment }]
      : []),
    ...(firsts.length === 0 ? [{ chain, tests: here, verdict, comment }] : []),
    ...shared.filter((rule) => rule.chain.kind === "own"),
  ];
}

const ESTABLISHED: Test = { kind: "flow", state: "established" };
const TO_DOOR: Verdict = { kind: "goto", chain: { kind: "door" } };

function isUnderWay(test: Test): test is Extract<Test, { kind: "in" }> {
  return test.kind === "in" && test.list.kind === "underWay";
}

/** Whether a rule is about what the host sends to itself, of all doors. */
export function leadsToOwn({ verdict }: Rule): boolean {
  return "chain" in verdict && verdict.chain.kind === "own";
}

/** A first knock, and whether its source is under way after it; or what has the shape of a token. */
interface First {
  readonly tests: readonly Test[];
  readonly isRemembered: boolean;
}

function firstsOf({ tests, move }: Rule): First[] {
  return tests.flatMap((test): First[] => {
    if (test.kind !== "knock" && test.kind !== "tokenShape") return [];
    const isSyn = test.kind === "knock" && test.step.protocol === "tcp";
    return [
      {
        tests: [...(isSyn ? [{ kind: "attempt", protocol: "tcp" } as const] : []), test],
        isRemembered: move?.also?.kind === "underWay",
      },
    ];
  });
}

/** Ranges up to so many ports are an entry for each: one look-up finds them, however many doors there are. */
const SMALL_RANGE = 16;

/** For each port or long range of the door, what a packet for it is known by. */
function gates(shared: readonly Rule[], here: readonly Test[]): Test[][] {
  const services = shared.flatMap(({ tests, verdict }) =>
    "chain" in verdict && verdict.chain.kind === "door"
      ? tests.filter((test) => test.kind === "service")
      : [],
  );
  const byProtocol = groupBy(services, ({ protocol }) => protocol);
  return [...byProtocol.values()].flatMap((together) =>
    unionOf(together.flatMap(({ ports }) => ports))
      .flatMap(inParts)
      .flatMap((range) =>
        together.slice(0, 1).map((service): Test[] => [...here, { ...service, ports: [range] }]),
      ),
  );
}

function inParts({ first, last }: PortRange): PortRange[] {
  const size = last - first + 1;
  if (size > SMALL_RANGE) return [{ first, last }];
  return Array.from({ length: size }, (_, index) => ({ first: first + index, last: first + index }));
}
