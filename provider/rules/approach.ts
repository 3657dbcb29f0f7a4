import { distinctSteps } from "../policy/sameStep";
import type { Schedule } from "../policy/schedule";
import type { Policy, Step } from "../policy/types";
import type { Track } from "./tracks";

/** How packets come to a door past the dispatcher that all doors of a host share. */
export interface Approach {
  /**
   * Whether it is asked about every packet: where any packet may be a wrong knock that counts (`lockout`), and where the
   * clock says which knock is the first (a calendar).
   *
   * Any other may be asked about a packet twice: as one of a source under way, and as a first knock. That changes nothing,
   * since a packet that is equal to the step just matched is neutral. A last step that is equal to the first would begin
   * the sequence anew, but a source past its second knock comes by the list of those, and once.
   */
  readonly isAlways: boolean;
  /** The first steps of its sequences. */
  readonly firsts: readonly Step[];
  /** Whether the host has to remember who has sent one: a sequence of one step needs no memory. */
  readonly remembers: boolean;
}

export function approachOf(
  { lockout }: Policy,
  tracks: readonly Track[],
  schedule: Schedule | undefined,
): Approach {
  const sequences = tracks.map(({ sequence }) => sequence);
  const isAlways = lockout !== undefined || schedule !== undefined;
  return {
    isAlways,
    firsts: distinctSteps(sequences.flatMap((sequence) => sequence.slice(0, 1))),
    remembers: !isAlways && sequences.some(({ length }) => length > 1),
  };
}
