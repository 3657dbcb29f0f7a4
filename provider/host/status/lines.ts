import type { Family } from "../../policy/types";
import { doorIdOf, type Observed } from "../../rules/iptables/compare";
import { groupBy } from "../../util/groupBy";
import type { StatusRecords } from "./records";

/** What a host said of one door, out of what it said of all: a door is read from its own lines, so many cost no more than one. */
export interface OfDoor {
  readonly observed: Observed;
  readonly words: StatusRecords;
}

/** By the ids of doors. A family that the host has not is missing in each. */
export function splitByDoor(observed: Observed, words: StatusRecords): (id: string) => OfDoor {
  const [held, stored] = [byDoor(observed), byDoor(words.stored)];
  const entries = groupBy(words.entries, ({ list }) => /^pk[46]-([0-9a-f]{10})-/.exec(list)?.[1]);
  const counts = groupBy(words.counts, ({ rule }) => doorIdOf(rule));
  return (id) => ({
    observed: held(id),
    words: {
      ...words,
      stored: stored(id),
      entries: entries.get(id) ?? [],
      counts: counts.get(id) ?? [],
    },
  });
}

/** Each door's own lines, and the jumps that all doors share. */
function byDoor(observed: Observed): (id: string) => Observed {
  const families = (["ipv4", "ipv6"] as const).flatMap(
    (family): [Family, Map<string, string[]>, string[]][] => {
      const lines = observed[family];
      if (lines === undefined) return [];
      const groups = groupBy(lines, (line) => doorIdOf(line) ?? "");
      const jumps = (groups.get("") ?? []).filter((line) => /^-I .* PORTKNOCK\S*$/.test(line));
      return [[family, groups, jumps]];
    },
  );
  return (id) =>
    Object.fromEntries(
      families.map(([family, groups, jumps]) => [family, [...jumps, ...(groups.get(id) ?? [])]]),
    );
}
