import { sequencesAt } from "../derive/derivation";
import type { DoorDerivation, Sequence } from "../policy/types";

/** A sequence that may open a host's SSH port, and in words where it is known from. */
export interface Knock {
  readonly sequence: Sequence;
  readonly source: string;
}

/** What opens a host's SSH port: a sequence, or what that of the moment follows from. */
export type KnockSource = { readonly sequence: Sequence } | { readonly derivation: DoorDerivation };

/** An opener, and in words where it is known from. */
export type NamedKnockSource = KnockSource & { readonly source: string };

/**
 * The knocks of this moment, the likeliest last. Of windows, on retries also those beside the current one: the host's
 * clock, or this one, may be off.
 */
export function knocksNow({ source, ...opener }: NamedKnockSource, isRetry: boolean): Knock[] {
  if ("sequence" in opener) return [{ sequence: opener.sequence, source }];
  const sequences = sequencesAt(opener.derivation, Date.now());
  return (isRetry ? sequences : sequences.slice(0, 1)).toReversed().map((sequence) => ({ sequence, source }));
}
