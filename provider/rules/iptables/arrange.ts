import type { HostChain } from "../../policy/types";
import { groupBy } from "../../util/groupBy";
import { isShared } from "../dispatcher";
import type { Chain, Rule, Test, Verdict } from "../ir";
import { hasService } from "./label";
import { sharedId } from "./names";
import { MULTIPORT_SLOTS, slotsOf, spanned } from "./slots";

/** The comment of the rule that sends packets to the chains of all doors. */
export const MERGED = "portknock (merged)";

/** A rule of a dispatcher's chains: one of a door's own (label.ts), with its number, or one that serves several. */
export interface Arranged {
  readonly rule: Rule;
  /** The doors' own rules that this one is or serves. */
  readonly serves: readonly Rule[];
  readonly isLabelled: boolean;
}

/**
 * A dispatcher and the chains behind it, from the doors' own rules in it, in the order of the doors. So many ports stand
 * in one rule as it takes, so a packet asks a few rules however many doors there are. merge_door.awk does the same on a
 * host; a test holds the two together. With doors of an older release in the dispatcher (`hasOlder`), packets for a port of
 * these doors go past those, so that for them they are no knocks.
 */
export function arrange(of: HostChain, labelled: readonly Rule[], hasOlder: boolean): Arranged[] {
  const numbers = numbersOf(labelled);
  const serving = (rule: Rule, serves: readonly Rule[]): Arranged[] =>
    serves.length === 0 ? [] : [{ rule, serves, isLabelled: false }];
  const own = (is: (rule: Rule) => boolean) =>
    labelled
      .filter(is)
      .map((rule): Arranged => ({ rule: withNumber(rule, numbers), serves: [rule], isLabelled: true }));
  const inFirsts = (name: string) =>
    labelled.filter(({ chain }) => chain.kind === "firsts" && chain.name === name);
  const dispatcher: Chain = { kind: "dispatcher", of };
  const entry: Chain = { kind: "part", of, name: "" };
  const seconds = Math.max(
    1,
    ...labelled.flatMap(({ chain, tests }) =>
      chain.kind === "underWay"
        ? tests.flatMap((test) => (test.kind === "in" ? (test.seconds ?? []) : []))
        : [],
    ),
  );
  const remembered = (kind: "known" | "advanced", verdict: Verdict): Rule => ({
    chain: entry,
    tests: [{ kind: "in", list: { kind }, seconds, refresh: true }],
    verdict,
  });
  const special = own(({ chain }) => chain.kind === "dispatcher");
  const gates = gateChunks(labelled, numbers);
  const ofOpenFlows: readonly Test[] = [{ kind: "notIcmp" }, { kind: "flow", state: "established" }];
  const open: Chain = { kind: "part", of, name: "est" };
  return [
    ...special,
    ...(hasOlder
      ? []
      : [
          ...serving(
            { chain: dispatcher, tests: ofOpenFlows, verdict: { kind: "goto", chain: open } },
            labelled,
          ),
          ...serving({ chain: dispatcher, tests: [], verdict: { kind: "goto", chain: entry } }, labelled),
        ]),
    // No packet comes as far without a door of an older release. But one merges doors by these rules, and by no others.
    ...gates.flatMap(({ serves, test, name }) =>
      serving(
        {
          chain: dispatcher,
          tests: [test, { kind: "flow", state: "established" }],
          verdict: { kind: name.startsWith("r") ? "return" : "accept" },
          comment: `portknock ${sharedId(of)}`,
        },
        serves,
      ),
    ),
    ...serving({ chain: dispatcher, tests: ofOpenFlows, verdict: { kind: "return" } }, labelled),
    ...(hasOlder
      ? [
          ...gates.flatMap(({ serves, test }) =>
            serving({ chain: dispatcher, tests: [test], verdict: { kind: "goto", chain: entry } }, serves),
          ),
          ...special.map((one) => ({ ...one, rule: pastOlder(one.rule) })),
        ]
      : []),
    ...serving(
      { chain: dispatcher, tests: [], verdict: { kind: "jump", chain: entry }, comment: MERGED },
      labelled,
    ),
    ...(hasOlder ? [] : gates).flatMap(({ serves, test, name }) =>
      name.startsWith("r")
        ? []
        : serving({ chain: open, tests: [spanned(test)], verdict: { kind: "accept" } }, serves),
    ),
    ...gates.flatMap(({ serves, test, name }) =>
      serving(
        { chain: entry, tests: [test], verdict: { kind: "goto", chain: { kind: "part", of, name } } },
        serves,
      ),
    ),
    ...own(({ chain, tests }) => isEntry(chain) && hasService(tests)),
    ...(of === "INPUT"
      ? (["loopback", "broadcast"] as const).flatMap((kind) =>
          serving(
            { chain: entry, tests: [{ kind }], verdict: { kind: "goto", chain: { kind: "own", of } } },
            labelled,
          ),
        )
      : []),
    // Also where no door has sources under way: a list that is made later is found later, by every packet.
    ...serving(remembered("advanced", { kind: "goto", chain: { kind: "every", of } }), labelled),
    ...serving(remembered("known", { kind: "jump", chain: { kind: "underWay", of } }), labelled),
    ...own(({ chain, tests }) => isEntry(chain) && !hasService(tests)),
    ...serving(
      { chain: entry, tests: [], verdict: { kind: "jump", chain: { kind: "firsts", of, name: "orig" } } },
      inFirsts("orig"),
    ),
    ...(["tcp", "udp"] as const).flatMap((protocol) =>
      firstChunks(labelled, numbers, protocol).flatMap(({ serves, ports, name }) =>
        serving(
          {
            chain: entry,
            tests: [{ kind: "firstPorts", protocol, ports }],
            verdict: { kind: "goto", chain: { kind: "firsts", of, name } },
          },
          serves,
        ),
      ),
    ),
    ...serving(
      {
        chain: entry,
        tests: [{ kind: "attempt", protocol: "icmp" }],
        verdict: { kind: "goto", chain: { kind: "firsts", of, name: "ping" } },
      },
      inFirsts("ping"),
    ),
    // Lists are made as rules name them, and the sooner the shorter is every look-up.
    ...own(({ chain }) => chain.kind === "underWay"),
    ...own(({ chain }) => chain.kind === "firsts"),
    ...own(({ chain }) => chain.kind === "part" && chain.name !== ""),
    ...own(({ chain }) => chain.kind === "every"),
    ...own(({ chain }) => chain.kind === "own"),
  ];
}

function isEntry(chain: Chain): boolean {
  return chain.kind === "part" && chain.name === "";
}

/** A rule of a door that stands by itself, for packets of new flows. */
function pastOlder({ chain, tests }: Rule): Rule {
  return {
    chain,
    tests: tests.filter(({ kind }) => kind !== "flow"),
    verdict: { kind: "goto", chain: { kind: "door" } },
  };
}

/** What a chain's name says without its number; undefined where it has none. */
export function numberedKind(chain: Chain): string | undefined {
  if (chain.kind !== "part" && chain.kind !== "firsts") return undefined;
  return /^(.*\D)\d+$/.exec(chain.name)?.[1];
}

/** The number of the chain for each rule that has one: gates as they come, first knocks by their port. */
function numbersOf(labelled: readonly Rule[]): Map<Rule, number> {
  const numbers = new Map<Rule, number>();
  for (const [kind, rules] of groupBy(labelled, ({ chain }) => numberedKind(chain))) {
    if (kind === undefined) continue;
    if (kind.startsWith("f")) {
      const ports = sortedFirstPorts(rules);
      for (const rule of rules)
        numbers.set(rule, Math.floor(ports.indexOf(firstPort(rule)) / MULTIPORT_SLOTS));
      continue;
    }
    let [number, used] = [0, 0];
    for (const rule of rules) {
      const needs = portsOf(rule).reduce((sum, range) => sum + slotsOf(range), 0);
      if (used + needs > MULTIPORT_SLOTS) [number, used] = [number + 1, 0];
      used += needs;
      numbers.set(rule, number);
    }
  }
  return numbers;
}

/** In an order that does not depend on that of the doors: one that comes or goes must not move the others' rules about. */
function sortedFirstPorts(rules: readonly Rule[]): number[] {
  return [...new Set(rules.map(firstPort))].sort((a, b) => a - b);
}

function withNumber(rule: Rule, numbers: ReadonlyMap<Rule, number>): Rule {
  const number = numbers.get(rule);
  return number === undefined ? rule : { ...rule, chain: numberedChain(rule.chain, number) };
}

/** The chain of the same kind with another number. */
export function numberedChain(chain: Chain, number: number): Chain {
  const kind = numberedKind(chain);
  return kind !== undefined && isShared(chain) && "name" in chain
    ? { ...chain, name: `${kind}${number}` }
    : chain;
}

interface Chunk {
  readonly name: string;
  readonly serves: readonly Rule[];
}

function chunks(labelled: readonly Rule[], numbers: ReadonlyMap<Rule, number>, kind: string): Chunk[] {
  const rules = labelled.filter(({ chain }) => numberedKind(chain) === kind);
  return [...groupBy(rules, (rule) => numbers.get(rule) ?? 0)]
    .sort(([one], [other]) => one - other)
    .map(([number, serves]) => ({ name: `${kind}${number}`, serves }));
}

function gateChunks(labelled: readonly Rule[], numbers: ReadonlyMap<Rule, number>) {
  return (["tcp", "udp", "rtcp", "rudp"] as const).flatMap((kind) =>
    chunks(labelled, numbers, kind).map((chunk) => {
      const protocol = kind.endsWith("tcp") ? "tcp" : "udp";
      const test = { kind: "service", protocol, ports: chunk.serves.flatMap(portsOf) } as const;
      return { ...chunk, test };
    }),
  );
}

function firstChunks(labelled: readonly Rule[], numbers: ReadonlyMap<Rule, number>, protocol: "tcp" | "udp") {
  return chunks(labelled, numbers, `f${protocol}`).map((chunk) => ({
    ...chunk,
    ports: sortedFirstPorts(chunk.serves),
  }));
}

function portsOf({ tests }: Rule) {
  return tests.flatMap((test) => (test.kind === "service" ? test.ports : []));
}

function firstPort({ tests }: Rule): number {
  for (const test of tests) {
    if (test.kind === "tokenShape") return test.port;
    if (test.kind === "knock" && test.step.protocol !== "icmp") return test.step.port;
  }
  throw new TypeError("a first knock without a port");
}
