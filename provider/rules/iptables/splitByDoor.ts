import type { Family } from "../../policy/types";
import { groupBy } from "../../util/groupBy";
import type { Observed } from "../backend";
import { doorIdOf, doorOfList } from "./line";
import type { StatusRecords } from "./statusRecords";

/** What a host said of one door. A door is read from its own lines alone, so that the time is linear in their number. */
export interface OfDoor {
  readonly observed: Observed;
  readonly records: StatusRecords;
}

/** By the ids of doors. A family for which the host has no tables is missing in each. */
export function splitByDoor(observed: Observed, records: StatusRecords): (id: string) => OfDoor {
  const [held, stored] = [byDoor(observed), byDoor(records.stored)];
  const entries = groupBy(records.entries, ({ list }) => doorOfList(list));
  const counts = groupBy(records.counts, ({ rule }) => doorIdOf(rule));
  return (id) => ({
    observed: held(id),
    records: {
      ...records,
      stored: stored(id),
      entries: entries.get(id) ?? [],
      counts: counts.get(id) ?? [],
    },
  });
}

/** Each door's own lines, and those that all doors share. */
function byDoor(observed: Observed): (id: string) => Observed {
  const families = (["ipv4", "ipv6"] as const).flatMap(
    (family): [Family, Map<string, string[]>, string[]][] => {
      const lines = observed[family];
      if (lines === undefined) return [];
      const groups = groupBy(lines, (line) => doorIdOf(line) ?? "");
      return [[family, groups, groups.get("") ?? []]];
    },
  );
  return (id) =>
    Object.fromEntries(
      families.map(([family, groups, shared]) => [family, [...shared, ...(groups.get(id) ?? [])]]),
    );
}
