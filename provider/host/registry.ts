import type { KnockSource, NamedKnockSource } from "../door/knockSources";

/**
 * What this process knows about getting into each host. Doors of one stack on one host are separate resources, and
 * whoever is applied second has to knock at the first one's door; `check`, `read` and `delete` of every door come
 * through here, so by the second try at the latest its sequence is known.
 */
const knownOpeners = new Map<string, Map<string, readonly KnockSource[]>>();

/** Hosts, and their doors on SSH whose grant is for one connection. */
const singleUse = new Map<string, Set<string>>();

/** Whether the grant of a knock is for one connection: then nobody may knock between another's knock and connection. */
export function isSingleUse(host: string): boolean {
  return (singleUse.get(host)?.size ?? 0) > 0;
}

/** Remembers what opens a host's SSH port; nothing where the door is not on it. */
export function rememberKnockSources(
  host: string,
  doorId: string,
  openers: readonly KnockSource[],
  isForOneConnection = false,
): void {
  const single = singleUse.get(host) ?? new Set<string>();
  if (isForOneConnection) single.add(doorId);
  else single.delete(doorId);
  singleUse.set(host, single);
  const doors = knownOpeners.get(host) ?? new Map<string, readonly KnockSource[]>();
  doors.set(doorId, openers);
  knownOpeners.set(host, doors);
}

/** What opens the host's other doors. */
export function knockSourcesOfOthers(host: string, doorId: string): readonly NamedKnockSource[] {
  return [...(knownOpeners.get(host) ?? [])].flatMap(([id, openers]) =>
    id === doorId ? [] : openers.map((opener) => ({ ...opener, source: `the sequence of door ${id}` })),
  );
}

const turns = new Map<string, Promise<unknown>>();

/** Runs changes of one host one after another. The engine runs many resources at once in one process. */
export async function serializePerHost<Result>(host: string, change: () => Promise<Result>): Promise<Result> {
  const turn = (turns.get(host) ?? Promise.resolve()).then(change, change);
  turns.set(host, turn);
  return turn;
}
