import type { Door } from "../door/door";
import type { ConfirmedChange } from "../host/apply/change";
import { commit } from "../host/apply/commit";
import type { HostSnapshot } from "../host/apply/snapshot";
import { hideLogin } from "../host/hidden";
import { serializePerHost } from "../host/registry";
import type { Family } from "../policy/types";
import type { Comparison } from "../rules/backend";
import { omitUndefined } from "../util/omitUndefined";
import { once } from "../util/once";
import { hostAccessOf } from "./access";
import type { AccessHistory } from "./accessHistory";
import { probeOf } from "./probe";

/**
 * Changes a door on its host, one door of a host at a time. `fresh === undefined` removes the door. `old` is the door as the
 * state has it.
 */
export function change(
  door: Door,
  doors: readonly Door[],
  history: AccessHistory,
  fresh: readonly string[] | undefined,
  old: Door | undefined,
): Promise<ConfirmedChange> {
  const present = fresh !== undefined;
  const before = hostAccessOf(door, doors, history);
  const after = hostAccessOf(door, present ? [door] : [], omitUndefined({ tokens: door.tokens }));
  return serializePerHost(door.connection.host, () =>
    commit({
      before,
      after: { knocks: after.knocks, ...omitUndefined({ token: after.token }) },
      ...{ identity: door.identity, backend: door.backend, manageMark: door.manageMark },
      movedFrom: old && old.backend.name !== door.backend.name ? old.backend : undefined,
      families: familiesOf(doors),
      ruleset: present ? door.ruleset : undefined,
      fresh: fresh ?? [],
      probe: present ? probeOf(door) : undefined,
      rollbackAfterSeconds: door.rollbackAfterSeconds,
      isDone: (observed) => holds(door, present, observed),
      isUndone: (observed) => holds(old ?? door, old !== undefined, observed),
      scrub: scrubOf(door),
    }),
  );
}

function familiesOf(doors: readonly Door[]): Family[] {
  return [...new Set(doors.flatMap(({ policy }) => policy.families))];
}

function holds(door: Door, isThere: boolean, observed: HostSnapshot["observed"]): boolean {
  const { isEqual, isPresent } = comparisonOf(door, { observed });
  return isThere ? isEqual : !isPresent;
}

/** How the host differs from the door. */
export function comparisonOf(door: Door, { observed }: Pick<HostSnapshot, "observed">): Comparison {
  return door.backend.compare(door.ruleset, door.secrets, observed);
}

/** Hides the secrets of a door and of its connection in any text. */
export function scrubOf(door: Door): (text: string) => string {
  const scrubber = once(() => door.backend.scrubberOf(door.secrets));
  return (text) => hideLogin(scrubber()(text), door.connection);
}
