import { type Door, doorOf } from "../door/door";
import type { Properties } from "../door/properties";
import { publishSecrets } from "../host/publishSecrets";
import { type AccessHistory, proxyKnocksOf, spareKnocksOf } from "./accessHistory";
import { change, comparisonOf } from "./change";
import { notAsApplied, unpersisted } from "./outcome";
import { PartialError } from "./partial";
import { stateOf } from "./state";
import { withAlias } from "./wayOut";

/** A door that is to be loaded. */
export interface Wanted {
  readonly inputs: Properties;
  readonly door: Door;
  /** The door as the state has it. While the host changes, the sequence of either may open it. */
  readonly old?: Door | undefined;
  readonly history: AccessHistory;
  /** The names of new tokens. */
  readonly fresh: readonly string[];
  readonly firewallReason: string;
}

/** Loads the door's rules. Resolves with the outputs. */
export async function applyDoor(wanted: Wanted): Promise<Properties> {
  const { inputs, door, old, history, fresh, firewallReason } = wanted;
  const doors = old ? [old, door] : [door];
  publishSecrets(door, doors);
  const confirmed = await change(door, doors, history, fresh, old).catch((error: unknown) => {
    throw withAlias(error, String(inputs.owner));
  });
  publishSecrets(door, [door]);
  const comparison = comparisonOf(door, confirmed);
  const spareKnocks = spareKnocksOf(door, doors, history);
  const proxyKnocks = proxyKnocksOf(door, history);
  const { verified } = confirmed;
  const outs = stateOf({
    ...{ inputs, door, snapshot: confirmed, comparison, firewallReason },
    ...{ verified, spareKnocks, proxyKnocks },
  });
  const error = comparison.isEqual ? unpersisted(door, confirmed) : notAsApplied(door);
  if (error === undefined) return outs;
  if (error.code === "not-persisted" && door.onUnpersisted === "warn") {
    return { ...outs, warnings: [...(outs.warnings as readonly string[]), error.message] };
  }
  throw new PartialError(error.code, error.reason, error.details, door.identity.id, outs);
}

/** The door of inputs outside a preview, where all are known. */
export function knownDoor(inputs: Properties): Door {
  const door = doorOf(inputs);
  if (door === undefined) throw new TypeError("inputs are unknown outside a preview");
  return door;
}
