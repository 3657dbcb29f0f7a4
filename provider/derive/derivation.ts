import { parseSeconds } from "../policy/duration";
import type { DoorDerivation, Sequence } from "../policy/types";
import { epochAt } from "./epoch";
import { subkeyOf } from "./keys";
import { recipeOf } from "./recipe";
import { sequenceOf } from "./sequence";

/** Everything but the key that determines a door's sequences. */
type Settings = Omit<DoorDerivation, "subkey">;

/**
 * Everything needed to compute a door's sequences offline, now and later. Secret. The output of a `KnockSequence` has
 * the door's subkey, 32 bytes in hexadecimal digits; a file written by hand may have the master secret, door and
 * host.
 */
export type Derivation =
  | DoorDerivation
  | (Settings & { readonly master: string; readonly door: string; readonly host: string });

/**
 * The sequences that a host may have at a time, the likeliest first: this epoch's; the one before, if no `pulumi up`
 * has run yet or this machine's clock is fast; the next one, if its clock is slow.
 */
export function sequencesAt(derivation: Derivation, timeMs: number): readonly [Sequence, ...Sequence[]] {
  const { keepers } = derivation;
  const key = keyOf(derivation);
  const epoch = epochAt(timeMs, epochSecondsOf(derivation));
  const at = (number: number) => sequenceOf(key, recipeOf(derivation), number, keepers);
  return [at(epoch), at(epoch - 1), at(epoch + 1)];
}

/** The subkey of the door that a derivation is for, 32 bytes. */
export function keyOf(derivation: Derivation): Uint8Array {
  return "subkey" in derivation
    ? Buffer.from(derivation.subkey, "hex")
    : subkeyOf(derivation.master, derivation);
}

/** The length of an epoch. */
export function epochSecondsOf({ rotateEvery }: Derivation): number {
  return parseSeconds(rotateEvery) ?? Number.NaN;
}
