import type { Policy, Sequence } from "../policy/types";
import type { Slot, Test } from "./ir";

/** One automaton of a door: a sequence, and the set of stages in which it stands. */
export interface Track {
  readonly sequence: Sequence;
  readonly slot: Slot;
  /** Asked of each attempt: that the sequence is still accepted. None for the current one. */
  readonly gate: readonly Test[];
}

/** The current sequence in its slot, and the previous one in the other. None for a policy without a sequence. */
export function tracksOf({ sequence, previous }: Policy, slot: Slot): readonly Track[] {
  if (sequence === undefined) return [];
  const current: Track = { sequence, slot, gate: [] };
  if (previous === undefined) return [current];
  const gate: Test[] = [{ kind: "until", time: previous.acceptUntil }];
  return [current, { sequence: previous.sequence, slot: slot.slot ? {} : { slot: "b" }, gate }];
}
