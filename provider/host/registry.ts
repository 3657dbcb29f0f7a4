import type { Sequence } from "../policy/types";

/** A sequence that may open a host's SSH port, and in words where it is known from. */
export interface Knock {
  readonly sequence: Sequence;
  readonly source: string;
}

/**
 * What this process knows about getting into each host. Doors of one stack on one host are separate resources, and
 * whoever is applied second has to knock at the first one's door; `check`, `read` and `delete` of every door come
 * through here, so by the second try at the latest its sequence is known.
 */
const knownKnocks = new Map<string, Map<string, readonly Sequence[]>>();

/** Remembers the sequences that open a host's SSH port; none where the door is not on it. */
export function rememberKnocks(host: string, doorId: string, sequences: readonly Sequence[]): void {
  const doors = knownKnocks.get(host) ?? new Map<string, readonly Sequence[]>();
  doors.set(doorId, sequences);
  knownKnocks.set(host, doors);
}

/** What opens the host's other doors. */
export function knocksOfOthers(host: string, doorId: string): readonly Knock[] {
  return [...(knownKnocks.get(host) ?? [])].flatMap(([id, sequences]) =>
    id === doorId ? [] : sequences.map((sequence) => ({ sequence, source: `the sequence of door ${id}` })),
  );
}

const turns = new Map<string, Promise<unknown>>();

/** Runs changes of one host one after another. The engine runs many resources at once in one process. */
export async function inTurn<Result>(host: string, change: () => Promise<Result>): Promise<Result> {
  const turn = (turns.get(host) ?? Promise.resolve()).then(change, change);
  turns.set(host, turn);
  return turn;
}
