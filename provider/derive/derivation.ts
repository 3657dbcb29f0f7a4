import { parseSeconds } from "../policy/duration";
import type { DoorDerivation, Sequence } from "../policy/types";
import { epochAt } from "./epoch";
import { subkeyOf } from "./keys";
import { recipeOf } from "./recipe";
import { sequenceOf } from "./sequence";

/** What decides a door's sequences, beside the key. */
type Settings = Omit<DoorDerivation, "subkey">;

/**
 * All that it takes to compute a door's sequences, now and later, offline. Secret. As `KnockSequence` puts it out it has
 * the door's subkey, 32 bytes in hexadecimal digits; or it has the master secret, and for which door and host.
 */
export type Derivation =
  | DoorDerivation
  | (Settings & { readonly master: string; readonly door: string; readonly host: string });

/**
 * The sequences that a host may have at a time, the likeliest first: this epoch's; the one before, where no `pulumi up` has
 * been there yet, or this machine's clock is fast; the next one, where it is slow.
 */
export function sequencesAt(derivation: Derivation, timeMs: number): readonly [Sequence, ...Sequence[]] {
  const { rotateEvery, keepers } = derivation;
  const key =
    "subkey" in derivation ? Buffer.from(derivation.subkey, "hex") : subkeyOf(derivation.master, derivation);
  const epoch = epochAt(timeMs, parseSeconds(rotateEvery) ?? Number.NaN);
  const at = (number: number) => sequenceOf(key, recipeOf(derivation), number, keepers);
  return [at(epoch), at(epoch - 1), at(epoch + 1)];
}
