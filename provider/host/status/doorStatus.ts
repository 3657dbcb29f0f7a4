import type { Family } from "../../policy/types";
import { daysUntil, formatUtc } from "../../policy/utc";
import { describePorts } from "../../rules/describe";
import type { DoorSecrets } from "../../rules/doorSecrets";
import { compare, type Observed } from "../../rules/iptables/compare";
import { listName, listOf } from "../../rules/iptables/names";
import { parseRule } from "../../rules/iptables/parse";
import type { Identity, List, Rule, Ruleset, Verdict } from "../../rules/ir";
import { ageSeconds } from "./clock";
import { driftOf } from "./drift";
import { type OfDoor, splitByDoor } from "./lines";
import type { StatusRecords } from "./records";

/** A source on one of a door's lists. */
export interface ListedSource {
  readonly source: string;
  /** Seconds for which that still counts; undefined where the host's clock could not be read. */
  readonly leftSeconds: number | undefined;
}

/** A door as a host has it now. */
export interface DoorStatus {
  readonly id: string;
  /** Its stack-qualified name. */
  readonly owner: string;
  /** What it closes, such as `TCP port 22`. */
  readonly services: readonly string[];
  readonly granted: readonly ListedSource[];
  /** Who has knocked some of the steps; `of`: how many there are. */
  readonly underWay: readonly (ListedSource & { readonly stage: number; readonly of: number })[];
  /** Who knocked wrong too often, and is not heard for so long. */
  readonly lockedOut: readonly ListedSource[];
  /** Until when its calendar has windows, and on how many days, this one included; undefined where it has none. */
  readonly calendar: { readonly until: string; readonly daysLeft: number } | undefined;
  /** One-time tokens that nobody has used, of how many; undefined for a door without any. */
  readonly tokens: { readonly left: number; readonly of: number } | undefined;
  /** Packets to the door that were dropped, or refused, since the rules were loaded. */
  readonly dropped: { readonly [F in Family]: number };
  /** Differences to what it should be, or to what is stored for the next boot; undefined where neither is known. */
  readonly drift: readonly string[] | undefined;
}

/** A door that a host should have, exactly so. */
export interface Expected {
  readonly ruleset: Ruleset;
  readonly knocks: DoorSecrets;
}

/** The doors whose chains a host holds, in the order of the dispatcher, and those that it should have besides. */
export function doorsOf(
  observed: Observed,
  words: StatusRecords,
  expected: readonly Expected[],
): DoorStatus[] {
  const lines = [...(observed.ipv4 ?? []), ...(observed.ipv6 ?? [])];
  const of = splitByDoor(observed, words);
  const wantedDoors = new Map(expected.map((door) => [door.ruleset.identity.id, door]));
  const ids = [
    ...lines.flatMap((line) => /^-A PORTKNOCK\S* .*-j PK-([0-9a-f]{10})$/.exec(line)?.[1] ?? []),
    ...lines.flatMap((line) => /^:PK-([0-9a-f]{10})$/.exec(line)?.[1] ?? []),
    ...expected.map(({ ruleset }) => ruleset.identity.id),
  ];
  return [...new Set(ids)].map((id) => {
    const wanted = wantedDoors.get(id);
    const own = of(id);
    const identity = { id, owner: wanted?.ruleset.identity.owner ?? ownerIn(own.observed, id) };
    const drift = wanted
      ? driftFrom(wanted, observed)
      : driftTo(own.words.stored, identity, own.observed, words);
    return { ...doorOf(identity, own), drift };
  });
}

/** How a door differs from what it should be. */
function driftFrom({ ruleset, knocks }: Expected, observed: Observed): string[] {
  const { isEqual, lines } = compare(ruleset, knocks, observed);
  return isEqual ? [] : lines.filter((line) => /^(missing|unexpected)\b/.test(line));
}

/** How it differs from what is stored for the next boot, where anything is. */
function driftTo(
  storedOfDoor: Observed,
  identity: Identity,
  observed: Observed,
  { stored }: StatusRecords,
): string[] | undefined {
  return stored.ipv4 || stored.ipv6 ? driftOf(storedOfDoor, observed, identity) : undefined;
}

function doorOf(identity: Identity, { observed, words }: OfDoor): Omit<DoorStatus, "drift"> {
  const rules = rulesOf(identity, observed);
  const asked = rules.flatMap(({ tests }) =>
    tests.flatMap((test) => (test.kind === "in" ? [test.list] : [])),
  );
  const stepsIn = (slot: "b" | undefined) =>
    1 + largest(asked.map((list) => (list.kind === "stage" && list.slot === slot ? list.stage : 0)));
  const steps = { a: stepsIn(undefined), b: stepsIn("b") };
  const present = presentIn(rules, identity, words);
  const on = (kind: "grant" | "deaf"): ListedSource[] =>
    present.flatMap(({ list, ...who }) => (list.kind === kind ? [who] : []));
  return {
    ...identity,
    services: servicesOf(rules),
    granted: on("grant"),
    underWay: present.flatMap(({ list, ...who }) =>
      list.kind === "stage" ? [{ ...who, stage: list.stage, of: steps[list.slot ?? "a"] }] : [],
    ),
    lockedOut: on("deaf"),
    tokens: tokensIn(rules, identity, words),
    calendar: calendarIn(rules),
    dropped: { ipv4: droppedBy(identity, words, "ipv4"), ipv6: droppedBy(identity, words, "ipv6") },
  };
}

/** A token is left where its list has its entry in every family that has the token's rule. */
function tokensIn(
  rules: readonly Rule[],
  identity: Identity,
  { entries }: StatusRecords,
): DoorStatus["tokens"] {
  const listed = new Set(entries.map(({ list }) => list));
  const names = new Map<string, boolean>();
  for (const test of rules.flatMap(({ tests }) => tests)) {
    if (test.kind !== "token") continue;
    const { name, secrets } = test;
    const isThere = (["ipv4", "ipv6"] as const).every(
      (family) => !(family in secrets) || listed.has(listName({ kind: "token", name }, identity, family)),
    );
    names.set(name, isThere && names.get(name) !== false);
  }
  const left = [...names.values()].filter((isLeft) => isLeft).length;
  return names.size === 0 ? undefined : { left, of: names.size };
}

function rulesOf(identity: Identity, observed: Observed): Rule[] {
  return (["ipv4", "ipv6"] as const).flatMap((family) =>
    (observed[family] ?? []).flatMap((line) => parseRule(line, identity, family) ?? []),
  );
}

/** Who is on a list, and would still be found there. Where the clock is not known, all that stand on it. */
function presentIn(
  rules: readonly Rule[],
  identity: Identity,
  { entries, clock }: StatusRecords,
): (ListedSource & { readonly list: List })[] {
  const secondsOf = listSeconds(rules);
  return entries.flatMap(({ list: name, source, tick }) => {
    const list = listOf(name, identity, name.startsWith("pk4-") ? "ipv4" : "ipv6");
    const seconds = list && secondsOf.get(JSON.stringify(list));
    if (list === undefined || seconds === undefined) return [];
    const age = clock && ageSeconds(clock, tick);
    const leftSeconds = age === undefined ? undefined : seconds - age;
    return leftSeconds !== undefined && leftSeconds < 0 ? [] : [{ list, source, leftSeconds }];
  });
}

/** For how long some rule still finds a source on each list, by the list as JSON. */
function listSeconds(rules: readonly Rule[]): ReadonlyMap<string, number> {
  const seconds = new Map<string, number>();
  for (const test of rules.flatMap(({ tests }) => tests)) {
    if (test.kind !== "in") continue;
    const list = JSON.stringify(test.list);
    seconds.set(list, Math.max(test.seconds, seconds.get(list) ?? 0));
  }
  return seconds;
}

/** Not `Math.max(...numbers)`, which takes no more of them than fit on the stack. */
function largest(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => Math.max(one, other), 0);
}

/** By the host's rules: what ends them is the grace of the last window. */
function calendarIn(rules: readonly Rule[]): DoorStatus["calendar"] {
  const ends = rules.flatMap(({ chain, tests }) =>
    chain.kind === "calendar"
      ? tests.flatMap((test) => (test.kind === "between" ? [Date.parse(test.until)] : []))
      : [],
  );
  if (ends.length === 0) return undefined;
  const untilMs = largest(ends);
  const until = formatUtc(untilMs);
  return { until, daysLeft: daysUntil(untilMs, Date.now()) };
}

function servicesOf(rules: readonly Rule[]): string[] {
  const closed = rules.flatMap(({ chain, tests, verdict }) =>
    chain.kind === "door" && isClosing(verdict) ? tests : [],
  );
  const texts = closed.flatMap((test) =>
    test.kind === "service" ? [describePorts(test.protocol, test.ports)] : [],
  );
  return [...new Set(texts)];
}

function droppedBy(identity: Identity, { counts }: StatusRecords, family: Family): number {
  return counts
    .filter((count) => count.family === family)
    .filter(({ rule }) => {
      const verdict = parseRule(rule, identity, family)?.verdict;
      return verdict !== undefined && isClosing(verdict);
    })
    .reduce((sum, { packets }) => sum + packets, 0);
}

function isClosing({ kind }: Verdict): boolean {
  return kind === "drop" || kind === "refuse";
}

function ownerIn({ ipv4 = [], ipv6 = [] }: Observed, id: string): string {
  const isJump = (line: string) => line.startsWith("-A PORTKNOCK") && line.endsWith(`-j PK-${id}`);
  const [, comment = ""] = (ipv4.find(isJump) ?? ipv6.find(isJump) ?? "").split('--comment "portknock ', 2);
  return comment.split('"', 1)[0] ?? "";
}
