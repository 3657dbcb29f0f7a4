import type { Properties } from "../../door/properties";
import { FAMILIES } from "../../policy/networks";
import type { PortRange } from "../../policy/ports";
import type { Family, Service, Step } from "../../policy/types";
import { formatUtc } from "../../policy/utc";
import type { Chain, List, Rule, Test } from "../../rules/ir";

/** What the rules of a door say, as inputs of a PortKnock; or what they have that no input could be read from. */
export type ReadPolicy =
  | { readonly policy: Properties; readonly slot: "b" | undefined }
  | { readonly unreadable: readonly string[] };

type RulesOfFamilies = { readonly [F in Family]?: readonly Rule[] };

/**
 * Reads a door's options back from its rules. Whether the result says everything is for the caller to see, by compiling it: this
 * function looks for each option where the compiler puts it (rules/doorRules.ts and its neighbours).
 */
export function policyOfRules(families: RulesOfFamilies): ReadPolicy {
  const present = FAMILIES.filter((family) => families[family]?.length);
  const all = present.flatMap((family) => families[family] ?? []);
  const rules = families[present[0] ?? "ipv4"] ?? [];
  const unreadable = [
    ...(all.some(({ chain }) => chain.kind === "calendar" || chain.kind === "day")
      ? [
          "`calendar`: rules have the sequences of its windows, and not the derivation that makes the next ones",
        ]
      : []),
    ...(all.some(({ chain }) => chain.kind === "tokens")
      ? ["`oneTime`: rules do not say which of its tokens are meant for whom"]
      : []),
  ];
  if (unreadable.length > 0) return { unreadable };
  const tracks = tracksIn(rules);
  const current = tracks.find(({ until }) => until === undefined);
  const previous = tracks.find(({ until }) => until !== undefined);
  return {
    slot: current?.slot,
    policy: {
      ...(current && { sequence: current.sequence }),
      ...(previous && { previous: { sequence: previous.sequence, acceptUntil: previous.until } }),
      families: present,
      ...placeIn(rules),
      ...doorIn(rules),
      ...grantIn(rules, all),
      ...lockoutIn(rules),
      ...logIn(rules),
      ignore: ignoredIn(rules),
      allowFrom: networksIn(all, "allowed"),
      denyFrom: networksIn(all, "denied"),
    },
  };
}

/** Where the door is, and at which interface. */
function placeIn(rules: readonly Rule[]): Properties {
  const [entrance] = [...inChain(rules, "every"), ...inChain(rules, "dispatcher")].filter(
    ({ verdict }) => "chain" in verdict && verdict.chain.kind === "door",
  );
  const isLoopback = entrance && find(entrance.tests, "loopback") !== undefined;
  const name = isLoopback ? "lo" : entrance && find(entrance.tests, "interface")?.name;
  return {
    ...(entrance && "of" in entrance.chain && { chain: entrance.chain.of }),
    ...(name !== undefined && { interface: name }),
    loopbackKnocks: name !== "lo" && inChain(rules, "own").length > 0,
  };
}

/** The ports, and what packets to the closed door get. */
function doorIn(rules: readonly Rule[]): Properties {
  const closing = inChain(rules, "door").filter(
    ({ tests, verdict }) => ["drop", "refuse"].includes(verdict.kind) && tests.length === 1,
  );
  return {
    door: closing.flatMap(({ tests }) => servicesOf(tests)),
    closedResponse: closing.some(({ verdict }) => verdict.kind === "refuse") ? "reset" : "drop",
  };
}

/** What a grant is worth. */
function grantIn(rules: readonly Rule[], all: readonly Rule[]): Properties {
  const granted = inChain(rules, "door").find(
    ({ tests, verdict }) =>
      verdict.kind !== "log" && tests.some((test) => test.kind === "in" && test.list.kind === "grant"),
  );
  if (granted === undefined) return {};
  const rate = find(granted.tests, "rate");
  return {
    openForSeconds: secondsOn(rules, "grant"),
    grantVerdict: granted.verdict.kind,
    singleUse: granted.move?.from?.kind === "grant",
    extend: granted.move?.to?.kind === "grant",
    grantPrefix: prefixIn(all),
    ...(rate && {
      rateLimit: { connectionsPerMinute: rate.connectionsPerMinute, burst: rate.burst },
    }),
    ...stepTimeoutIn(rules),
  };
}

/** The bits that make a source, in each family: each has them in its own rules. */
function prefixIn(all: readonly Rule[]): Properties {
  const lists = all.flatMap(({ tests }) => find(tests, "in")?.list ?? []);
  return Object.assign({}, ...lists.map((list) => ("prefix" in list ? list.prefix : {})));
}

function stepTimeoutIn(rules: readonly Rule[]): Properties {
  const seconds = secondsOn(rules, "stage");
  return seconds === undefined ? {} : { stepTimeoutSeconds: seconds };
}

/** For how long a source is found on a list of the door: iptables asks for its age, nftables says so when it puts it there. */
function secondsOn(rules: readonly Rule[], kind: List["kind"]): number | undefined {
  const [seconds] = rules.flatMap(({ tests, move }) => [
    ...tests.flatMap((test) => (test.kind === "in" && test.list.kind === kind ? (test.seconds ?? []) : [])),
    ...(move?.to?.kind === kind && move.seconds !== undefined ? [move.seconds] : []),
  ]);
  return seconds;
}

function lockoutIn(rules: readonly Rule[]): Properties {
  const deaf = inChain(rules, "door")
    .concat(inChain(rules, "knocks"))
    .flatMap(({ tests }) => find(tests, "in") ?? [])
    .find(({ list }) => list.kind === "deaf");
  if (deaf === undefined) return {};
  const forSeconds = secondsOn(rules, "deaf");
  // The first wrong knock locks out: no time is counted, and the rules have none.
  const withinSeconds = secondsOn(rules, "wrong") ?? forSeconds;
  return { lockout: { wrongKnocks: countedIn(rules) + 1, withinSeconds, forSeconds } };
}

/** How many wrong knocks are remembered: iptables counts the entries of one list, nftables has a set for each. */
function countedIn(rules: readonly Rule[]): number {
  const counts = inChain(rules, "wrong").flatMap(({ tests, move }) => [
    ...tests.flatMap((test) => (test.kind === "in" && test.list.kind === "wrong" ? (test.hits ?? 1) : [])),
    ...(move?.to?.kind === "wrong" && move.to.place !== undefined ? [move.to.place] : []),
  ]);
  return Math.max(0, ...counts);
}

function logIn(rules: readonly Rule[]): Properties {
  for (const { verdict, tests } of rules) {
    const limit = find(tests, "limit");
    if (verdict.kind === "log" && limit)
      return {
        log: { prefix: verdict.prefix.replace(/ (granted|lockout) $/, ""), limitPerMinute: limit.perMinute },
      };
  }
  return {};
}

/** Traffic that leaves the door before it is heard. */
function ignoredIn(rules: readonly Rule[]): unknown[] {
  return inChain(rules, "door").flatMap(({ tests, verdict, move }) => {
    if (verdict.kind !== "return" || move !== undefined || tests.length !== 1) return [];
    return find(tests, "attempt")?.protocol === "icmp" ? [{ protocol: "icmp" }] : servicesOf(tests);
  });
}

function networksIn(all: readonly Rule[], kind: "allowed" | "denied"): string[] {
  return inChain(all, "door").flatMap(({ tests, verdict }) => {
    const isTo = verdict.kind === "goto" && verdict.chain.kind === kind;
    return isTo ? (find(tests, "source")?.network ?? []) : [];
  });
}

interface ReadTrack {
  readonly slot: "b" | undefined;
  readonly sequence: readonly Step[];
  /** Of a previous sequence. */
  readonly until: string | undefined;
}

/** The sequences: each step is the knock that takes a source from its stage to the next. */
function tracksIn(rules: readonly Rule[]): ReadTrack[] {
  return ([undefined, "b"] as const).flatMap((slot) => {
    const sequence: Step[] = [];
    for (const { chain, tests, move } of rules) {
      const at = stageOf(chain, slot);
      const step = find(tests, "knock")?.step;
      if (at === undefined || step === undefined || move?.to === undefined) continue;
      if (isNext(move.to, at)) sequence[at] = step;
    }
    if (sequence.length === 0) return [];
    const gate = rules.find(
      ({ verdict }) => verdict.kind === "jump" && stageOf(verdict.chain, slot) === 0,
    )?.tests;
    const until = gate && find(gate, "until")?.time;
    return [{ slot, sequence, until: until && formatUtc(Date.parse(until)) }];
  });
}

/** The stage whose knocks a chain hears: 0 of those that have none. */
function stageOf(chain: Chain, slot: "b" | undefined): number | undefined {
  if (chain.kind !== "attempt" && chain.kind !== "stage") return undefined;
  if (chain.slot !== slot) return undefined;
  return chain.kind === "attempt" ? 0 : chain.stage;
}

function isNext(list: List, stage: number): boolean {
  return list.kind === "grant" || (list.kind === "stage" && list.stage === stage + 1);
}

function servicesOf(tests: readonly Test[]): Service[] {
  const service = find(tests, "service");
  return service === undefined ? [] : [{ protocol: service.protocol, ports: service.ports.map(portOrRange) }];
}

function portOrRange({ first, last }: PortRange): number | string {
  return first === last ? first : `${first}-${last}`;
}

function inChain(rules: readonly Rule[], kind: Chain["kind"]): readonly Rule[] {
  return rules.filter(({ chain }) => chain.kind === kind);
}

function find<Kind extends Test["kind"]>(
  tests: readonly Test[],
  kind: Kind,
): Extract<Test, { readonly kind: Kind }> | undefined {
  return tests.find((test): test is Extract<Test, { readonly kind: Kind }> => test.kind === kind);
}
