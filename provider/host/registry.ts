import type { KnockSource, NamedKnockSource } from "../door/knockSources";
import type { Policy } from "../policy/types";

/**
 * What this process knows of the hosts and doors of its program, and its only memory between two operations. The engine
 * starts a process for each preview and each `up`, so all doors belong to one program.
 */
const known = {
  hosts: new Map<string, KnownHost>(),
  /** By owner: each check of a door replaces its earlier one. */
  declared: new Map<string, DeclaredDoor>(),
  /** Ids of doors to forget where their host is gone. */
  abandoned: new Set<string>(),
};

interface KnownHost {
  /** By the id of the door that they open. */
  readonly knockSources: Map<string, readonly KnockSource[]>;
  /** Ids of the doors on SSH whose grant is for one connection. */
  readonly singleUse: Set<string>;
  /** The last change that was asked for. */
  lastChange: Promise<unknown>;
}

/** A door as the program declares it. */
export interface DeclaredDoor {
  readonly owner: string;
  readonly id: string;
  /** The machine: doors of equal places share its ports. */
  readonly place: string;
  readonly policy: Pick<Policy, "door" | "families" | "chain">;
}

function hostEntry(host: string): KnownHost {
  const entry: KnownHost = known.hosts.get(host) ?? {
    knockSources: new Map(),
    singleUse: new Set(),
    lastChange: Promise.resolve(),
  };
  known.hosts.set(host, entry);
  return entry;
}

/** Whether the grant of a knock is for one connection: then nobody may knock between another's knock and connection. */
export function isSingleUse(host: string): boolean {
  return hostEntry(host).singleUse.size > 0;
}

/**
 * Remembers what opens a host's SSH port; nothing where the door is not on it. Doors of one host are separate resources:
 * `check`, `read` and `delete` of each come through here, so that whoever is applied second can knock at the first.
 */
export function rememberKnockSources(
  host: string,
  doorId: string,
  sources: readonly KnockSource[],
  isForOneConnection = false,
): void {
  const { knockSources, singleUse } = hostEntry(host);
  knockSources.set(doorId, sources);
  if (isForOneConnection) singleUse.add(doorId);
  else singleUse.delete(doorId);
}

/** What opens the host's other doors. */
export function knockSourcesOfOthers(host: string, doorId: string): readonly NamedKnockSource[] {
  return [...hostEntry(host).knockSources].flatMap(([id, sources]) =>
    id === doorId ? [] : sources.map((one) => ({ ...one, source: `the sequence of door ${id}` })),
  );
}

/**
 * What opens a bastion's SSH port. It may have a door of the same stack, of which a process that deletes or refreshes some doors
 * only hears nothing: then what the state remembers counts.
 */
export function knockSourcesOfBastion(
  host: string,
  remembered: readonly NamedKnockSource[] = [],
): readonly NamedKnockSource[] {
  const known = knockSourcesOfOthers(host, "");
  return known.length > 0 ? known : remembered;
}

/** Runs changes of one host one after another. The engine runs many resources at once in one process. */
export async function serializePerHost<Result>(host: string, change: () => Promise<Result>): Promise<Result> {
  const entry = hostEntry(host);
  const result = entry.lastChange.then(change, change);
  entry.lastChange = result;
  return result;
}

/** Remembers a door of the program, and returns the other ones of its place. */
export function declareDoor(door: DeclaredDoor): readonly DeclaredDoor[] {
  known.declared.set(door.owner, door);
  return [...known.declared.values()].filter(
    ({ owner, place }) => owner !== door.owner && place === door.place,
  );
}

/** Pulumi gives a delete the old state alone; what the program says now comes to `diff` in the same process. */
export function rememberAbandoned(doorId: string, isAbandoned: boolean): void {
  if (isAbandoned) known.abandoned.add(doorId);
  else known.abandoned.delete(doorId);
}

export function isAbandoned(doorId: string): boolean {
  return known.abandoned.has(doorId);
}
