import type { Sequence } from "../policy/types";

/** A try: the number of earlier tries over this family, and how often they went through all its addresses. */
export interface Try {
  readonly family: 4 | 6;
  readonly tries: number;
  readonly round: number;
}

/** The sequence for a try; undefined if none is left. */
export type KnockAt = (one: Try) => Sequence | undefined;

/** Sequences one of which opens the door: each round sends the next one. */
export function roundRobin(sequences: readonly Sequence[]): KnockAt {
  return ({ round }) => sequences[round % sequences.length];
}
