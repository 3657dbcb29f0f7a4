import type { PortRange } from "../../policy/ports";
import type { HostChain } from "../../policy/types";
import { groupBy } from "../../util/groupBy";
import { hostChains } from "../dispatcher";
import type { Chain, List, Rule, Ruleset, Test, Verdict } from "../ir";
import { distinct, unionOf } from "./union";

/**
 * How packets come to one door among many, at a cost that does not grow with their number:
 *
 * 1. Packets of established flows leave.
 * 2. A packet for a door's port goes to that door alone.
 * 3. A first knock of a door puts its source on the door's list of those who have begun (`stage` 0).
 * 4. Each door hears what the sources on that list send.
 *
 * A door that has to hear every packet (wrong knocks are counted, or the first knock changes with the clock) has no steps 3
 * and 4, but a rule of its own. A token is not a first knock: the datagram itself goes to the door.
 */
export function dispatchRules(ruleset: Ruleset): Rule[] {
  return hostChains(ruleset).flatMap((of) => rulesOf(ruleset, of));
}

const BEGUN: List = { kind: "stage", stage: 0 };

function rulesOf(ruleset: Ruleset, asked: HostChain): Rule[] {
  const way = wayIn(ruleset, asked);
  if (way === undefined) return [];
  const { here, verdict } = way;
  const chain: Chain = { kind: "dispatcher", of: asked };
  const comment = `portknock ${ruleset.identity.owner}`;
  const isAlways = hearsAll(ruleset);
  const marks = isAlways ? [] : firstKnocks(ruleset);
  const shapes = isAlways ? [] : tokenShapes(ruleset);
  const move = { to: BEGUN, seconds: stepSeconds(ruleset) };
  const begun: Test = { kind: "in", list: BEGUN };
  return [
    { chain, tests: [ESTABLISHED, { kind: "notIcmp" }], verdict: { kind: "return" } },
    ...(way.isDoor ? gates(ruleset, asked, here) : []).map(
      (tests): Rule => ({ chain, tests, verdict: TO_DOOR }),
    ),
    ...shapes.map((shape): Rule => ({ chain, tests: [...here, shape], verdict, comment })),
    ...marks.flatMap((knock): Rule[] => [
      // Any account of the host can send from as many addresses as it likes, and must not fill the list.
      ...way.unheard.map((own): Rule => ({ chain, tests: [own, ...knock], verdict: { kind: "return" } })),
      { chain, tests: [...here, ...knock], move, verdict: { kind: "continue" } },
    ]),
    ...(marks.length > 0 ? [{ chain, tests: [...here, begun], move, verdict, comment }] : []),
    ...(isAlways ? [{ chain, tests: here, verdict, comment }] : []),
  ];
}

const ESTABLISHED: Test = { kind: "flow", state: "established" };

/** How packets of a chain of the host come to the door. */
interface Way {
  /** By which interface. */
  readonly here: readonly Test[];
  readonly verdict: Verdict;
  /** Whether to the door itself, and not only to where it hears knocks. */
  readonly isDoor: boolean;
  /** What the host sends to itself, where that is no knock. */
  readonly unheard: readonly Test[];
}

function wayIn({ rules }: Ruleset, of: HostChain): Way | undefined {
  const target = (verdict: Verdict) =>
    verdict.kind === "jump" && ["door", "knocks"].includes(verdict.chain.kind) ? verdict : undefined;
  const way = rules.find(({ chain, verdict }) => "of" in chain && chain.of === of && target(verdict));
  const verdict = way && target(way.verdict);
  if (way === undefined || verdict === undefined) return undefined;
  const heardIn = rules.filter(({ chain }) => chain.kind === verdict.chain.kind);
  const unheard = heardIn.flatMap(({ tests: [first, ...more], verdict: { kind } }) =>
    first && more.length === 0 && kind === "return" && ["loopback", "broadcast"].includes(first.kind)
      ? [first]
      : [],
  );
  const here = way.tests.filter(({ kind }) => kind === "interface");
  return { here, verdict, isDoor: verdict.chain.kind === "door", unheard };
}

const TO_DOOR: Verdict = { kind: "goto", chain: { kind: "door" } };

function hearsAll({ rules, lists }: Ruleset): boolean {
  return lists.some(({ kind }) => kind === "deaf") || rules.some(({ chain }) => chain.kind === "calendar");
}

/** What takes a source from no stage to one, or opens the door at once. */
function firstKnocks({ rules }: Ruleset): Test[][] {
  const first = rules.filter(({ chain, move }) => chain.kind === "attempt" && move?.to && !move.from);
  return distinct(
    first.flatMap(({ tests }) =>
      tests.flatMap((test): Test[][] =>
        test.kind !== "knock"
          ? []
          : [
              [
                ...(test.step.protocol === "tcp"
                  ? [{ kind: "attempt" as const, protocol: "tcp" as const }]
                  : []),
                test,
              ],
            ],
      ),
    ),
  );
}

function tokenShapes({ rules }: Ruleset): Test[] {
  return distinct(rules.flatMap(({ tests }) => tests.filter(({ kind }) => kind === "tokenShape")));
}

/** As long as a stage lasts. A single knock has none, and opens the door at once. */
function stepSeconds({ rules }: Ruleset): number {
  const seconds = rules.flatMap(({ tests }) =>
    tests.flatMap((test) => (test.kind === "in" && test.list.kind === "stage" ? (test.seconds ?? 1) : [])),
  );
  return Math.max(1, ...seconds);
}

/** Ranges up to so many ports are an entry for each: one look-up finds them, however many doors there are. */
const SMALL_RANGE = 16;

/** For each port or long range of the door, what a packet for it is known by. */
function gates({ rules }: Ruleset, of: HostChain, here: readonly Test[]): Test[][] {
  const services = rules.flatMap(({ chain, tests, comment }) =>
    chain.kind === "dispatcher" && chain.of === of && comment !== undefined
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
