import type { Sequence } from "../policy/types";

/** A try at a host: how many there were before it over its family, and how often they went through its addresses. */
export interface Try {
  readonly family: 4 | 6;
  readonly tries: number;
  readonly round: number;
}

/** What to send for a try; undefined where there is nothing left. */
export type KnockAt = (one: Try) => Sequence | undefined;

/** Sequences of which the door has one: each round takes the next. */
export function roundRobin(sequences: readonly Sequence[]): KnockAt {
  return ({ round }) => sequences[round % sequences.length];
}
