import { FAMILIES } from "../../policy/networks";
import type { HostChain } from "../../policy/types";
import { memoize } from "../../util/memoize";
import type { DoorReading, ListEntry, Observed, StatusReading } from "../backend";
import type { Identity, Rule } from "../ir";
import { driftOf } from "../lines/drift";
import type { LineSyntax } from "../lines/syntax";
import { ageSeconds } from "./clock";
import { declaredDoor, dispatcherIn, entranceIn, ownerIn } from "./line";
import { HOST_CHAINS, listOf } from "./names";
import { type OfDoor, splitByDoor } from "./splitByDoor";
import { readStatusRecords } from "./statusRecords";

/** Reads what status.sh printed: the rules, what is stored for the next boot, counters, and the lists of xt_recent. */
export function readStatus(syntax: LineSyntax, observed: Observed, lines: readonly string[]): StatusReading {
  const records = readStatusRecords(lines);
  const split = splitByDoor(observed, records);
  const sharedDrift = memoize(HOST_CHAINS.length, (of: HostChain) => {
    const { held, stored } = split.shared(of);
    return driftOf(syntax, stored, held, { id: "" }, SHOWN_OF_SHARED);
  });
  const rules = [...(observed.ipv4 ?? []), ...(observed.ipv6 ?? [])];
  const entrances = rules.flatMap((line) => entranceIn(line) ?? []).filter(({ isDoor }) => isDoor);
  const isStored = records.stored.ipv4 !== undefined || records.stored.ipv6 !== undefined;
  return {
    hasClock: records.clock !== undefined,
    ids: [
      ...new Set([...entrances.map(({ id }) => id), ...rules.flatMap((line) => declaredDoor(line) ?? [])]),
    ],
    door: (id) => doorIn(syntax, id, split.door(id)),
    driftOf: (id) => {
      if (!isStored) return undefined;
      const { observed, records } = split.door(id);
      return [
        ...dispatchersOf([observed, records.stored]).flatMap(sharedDrift),
        ...driftOf(syntax, records.stored, observed, { id }),
      ];
    },
  };
}

/** What all doors share is shown with each of them, and a host may say that it has thousands. */
const SHOWN_OF_SHARED = 10;

function dispatchersOf(all: readonly Observed[]): HostChain[] {
  const lines = all.flatMap(({ ipv4 = [], ipv6 = [] }) => [...ipv4, ...ipv6]);
  return [...new Set(lines.flatMap((line) => dispatcherIn(line) ?? []))];
}

function doorIn(syntax: LineSyntax, id: string, { observed, records }: OfDoor): DoorReading {
  const owner = ownerOf(observed, id);
  const identity = { id, owner };
  return {
    owner,
    rules: rulesOf(syntax, identity, observed),
    entries: records.entries.flatMap((entry) => entryOf(entry, identity, records) ?? []),
    counts: records.counts.flatMap(({ family, rule: line, packets }) => {
      const rule = syntax.parseRule(line, identity, family);
      return rule ? [{ family, rule, packets }] : [];
    }),
  };
}

function rulesOf(syntax: LineSyntax, identity: Identity, observed: Observed): Rule[] {
  return FAMILIES.flatMap((family) =>
    (observed[family] ?? []).flatMap((line) => syntax.parseRule(line, identity, family) ?? []),
  );
}

function entryOf(
  { list: name, source, tick }: OfDoor["records"]["entries"][number],
  identity: Identity,
  { clock }: OfDoor["records"],
): ListEntry | undefined {
  const family = name.startsWith("pk4-") ? "ipv4" : "ipv6";
  const list = listOf(name, identity, family);
  return list && { list, family, source, ageSeconds: clock && ageSeconds(clock, tick) };
}

function ownerOf({ ipv4 = [], ipv6 = [] }: Observed, id: string): string {
  const isEntrance = (line: string) => {
    const entrance = entranceIn(line);
    return entrance?.id === id && entrance.isDoor;
  };
  return ownerIn(ipv4.find(isEntrance) ?? ipv6.find(isEntrance) ?? "");
}
