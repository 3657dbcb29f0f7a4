import { FAMILIES } from "../../policy/networks";
import type { Family } from "../../policy/types";
import { daysUntil, formatUtc } from "../../policy/utc";
import type { Backend, DoorReading, ListEntry, Observed, StatusReading } from "../../rules/backend";
import { describePorts } from "../../rules/describe";
import type { DoorSecrets } from "../../rules/doorSecrets";
import type { List, Rule, Ruleset, Verdict } from "../../rules/ir";

/** A source on one of a door's lists. */
export interface ListedSource {
  readonly source: string;
  /** Seconds for which that still counts; undefined where the host's clock could not be read. */
  readonly leftSeconds: number | undefined;
}

/** A door as a host has it now. */
export interface DoorStatus {
  readonly id: string;
  /** The firewall that it is in. */
  readonly firewall: string;
  /** Its chain there. */
  readonly chain: string;
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
  readonly secrets: DoorSecrets;
  /** Where its rules are written with options of their own. */
  readonly backend?: Backend;
}

/** The doors that a host has, in the order in which packets come to them, and then those that it should have besides. */
export function doorsOf(
  backend: Backend,
  observed: Observed,
  reading: StatusReading,
  expected: readonly Expected[],
): DoorStatus[] {
  const wantedDoors = new Map(expected.map((door) => [door.ruleset.identity.id, door]));
  return [...new Set([...reading.ids, ...wantedDoors.keys()])].map((id) => {
    const wanted = wantedDoors.get(id);
    const door = reading.door(id);
    const drift = wanted ? driftFrom(backend, wanted, observed) : reading.driftOf(id);
    const [firewall, chain] = [backend.name, backend.doorName({ id })];
    const owner = wanted?.ruleset.identity.owner ?? door.owner;
    return { ...statusOf(door), id, firewall, chain, owner, drift };
  });
}

/** How a door differs from what it should be. */
function driftFrom(
  ofHost: Backend,
  { ruleset, secrets, backend = ofHost }: Expected,
  observed: Observed,
): string[] {
  const { isEqual, lines } = backend.compare(ruleset, secrets, observed);
  return isEqual ? [] : lines.filter((line) => /^(missing|unexpected)\b/.test(line));
}

function statusOf({
  rules,
  entries,
  counts,
}: DoorReading): Omit<DoorStatus, "id" | "firewall" | "chain" | "owner" | "drift"> {
  const asked = rules.flatMap(({ tests }) =>
    tests.flatMap((test) => (test.kind === "in" ? [test.list] : [])),
  );
  const stepsIn = (slot: "b" | undefined) =>
    1 + largest(asked.map((list) => (list.kind === "stage" && list.slot === slot ? list.stage : 0)));
  const steps = { a: stepsIn(undefined), b: stepsIn("b") };
  const present = presentIn(rules, entries);
  const on = (kind: "grant" | "deaf"): ListedSource[] =>
    present.flatMap(({ list, ...who }) => (list.kind === kind ? [who] : []));
  return {
    services: servicesOf(rules),
    granted: on("grant"),
    underWay: present.flatMap(({ list, ...who }) =>
      list.kind === "stage" ? [{ ...who, stage: list.stage, of: steps[list.slot ?? "a"] }] : [],
    ),
    lockedOut: on("deaf"),
    tokens: tokensIn(rules, entries),
    calendar: calendarIn(rules),
    dropped: { ipv4: droppedIn(counts, "ipv4"), ipv6: droppedIn(counts, "ipv6") },
  };
}

/** A token is left where its list has its entry in every family that has the token's rule. */
function tokensIn(rules: readonly Rule[], entries: readonly ListEntry[]): DoorStatus["tokens"] {
  const keyOf = (name: string, family: Family) => `${name} ${family}`;
  const listed = new Set(
    entries.flatMap(({ list, family }) => (list.kind === "token" ? [keyOf(list.name, family)] : [])),
  );
  const names = new Map<string, boolean>();
  for (const test of rules.flatMap(({ tests }) => tests)) {
    if (test.kind !== "token") continue;
    const { name, secrets } = test;
    const isThere = FAMILIES.every((family) => !(family in secrets) || listed.has(keyOf(name, family)));
    names.set(name, isThere && names.get(name) !== false);
  }
  const left = [...names.values()].filter((isLeft) => isLeft).length;
  return names.size === 0 ? undefined : { left, of: names.size };
}

/** Who is on a list, and would still be found there. Where the clock is not known, all that stand on it. */
function presentIn(
  rules: readonly Rule[],
  entries: readonly ListEntry[],
): (ListedSource & { readonly list: List })[] {
  const secondsOf = listSeconds(rules);
  return entries.flatMap(({ list, source, ageSeconds, endsInSeconds }) => {
    const seconds = secondsOf.get(JSON.stringify(list));
    if (seconds === undefined) return [];
    const leftSeconds = endsInSeconds ?? (ageSeconds === undefined ? undefined : seconds - ageSeconds);
    return leftSeconds !== undefined && leftSeconds < 0 ? [] : [{ list, source, leftSeconds }];
  });
}

/** For how long some rule still finds a source on each list, by the list as JSON; 0 where entries end by themselves. */
function listSeconds(rules: readonly Rule[]): ReadonlyMap<string, number> {
  const seconds = new Map<string, number>();
  for (const test of rules.flatMap(({ tests }) => tests)) {
    if (test.kind !== "in") continue;
    const list = JSON.stringify(test.list);
    seconds.set(list, Math.max(test.seconds ?? 0, seconds.get(list) ?? 0));
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

function droppedIn(counts: DoorReading["counts"], family: Family): number {
  return counts
    .filter((count) => count.family === family && isClosing(count.rule.verdict))
    .reduce((sum, { packets }) => sum + packets, 0);
}

function isClosing({ kind }: Verdict): boolean {
  return kind === "drop" || kind === "refuse";
}
