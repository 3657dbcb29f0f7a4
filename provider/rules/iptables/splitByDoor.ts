import { FAMILIES } from "../../policy/networks";
import type { Family, HostChain } from "../../policy/types";
import { groupBy } from "../../util/groupBy";
import type { Observed } from "../backend";
import { dispatcherIn, doorIdOf, doorOfList } from "./line";
import type { StatusRecords } from "./statusRecords";

/** What a host said of one door, in the door's own lines alone, so that the time is linear in their number. */
export interface OfDoor {
  readonly observed: Observed;
  readonly records: StatusRecords;
}

export interface Split {
  /** By the id of a door. A family for which the host has no tables is missing. */
  readonly door: (id: string) => OfDoor;
  /** The lines that all doors of a dispatcher share, as they are held, and as they are stored for the next boot. */
  readonly shared: (of: HostChain) => { readonly held: Observed; readonly stored: Observed };
}

export function splitByDoor(observed: Observed, records: StatusRecords): Split {
  const [held, stored] = [group(observed, doorIdOf), group(records.stored, doorIdOf)];
  const [heldByAll, storedByAll] = [
    group(held(undefined), dispatcherIn),
    group(stored(undefined), dispatcherIn),
  ];
  const entries = groupBy(records.entries, ({ list }) => doorOfList(list));
  const counts = groupBy(records.counts, ({ rule }) => doorIdOf(rule));
  return {
    door: (id) => ({
      observed: held(id),
      records: {
        ...records,
        stored: stored(id),
        entries: entries.get(id) ?? [],
        counts: counts.get(id) ?? [],
      },
    }),
    shared: (of) => ({ held: heldByAll(of), stored: storedByAll(of) }),
  };
}

/** The lines of each family with a key. */
function group<Key>(observed: Observed, keyOf: (line: string) => Key): (key: Key) => Observed {
  const families = FAMILIES.flatMap((family): [Family, Map<Key, string[]>][] => {
    const lines = observed[family];
    return lines === undefined ? [] : [[family, groupBy(lines, keyOf)]];
  });
  return (key) => Object.fromEntries(families.map(([family, groups]) => [family, groups.get(key) ?? []]));
}
