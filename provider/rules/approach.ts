import { distinctSteps, sameStep } from "../policy/sameStep";
import type { Schedule } from "../policy/schedule";
import type { Policy, Sequence, Step } from "../policy/types";
import type { Track } from "./tracks";

/** How packets come to a door past the dispatcher that all doors of a host share. */
export interface Approach {
  /**
   * Whether it is asked about every packet: where any packet may be a wrong knock that counts (`lockout`); where the clock
   * says which knock is the first (a calendar); and where a sequence ends as it begins. A packet may be asked about
   * twice, as one of a source under way and as a first knock. That changes nothing, since a packet that is equal to
   * the step just matched is neutral, but after the last step none was just matched.
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
  const isAlways = lockout !== undefined || schedule !== undefined || sequences.some(endsAsItBegins);
  return {
    isAlways,
    firsts: distinctSteps(sequences.flatMap((sequence) => sequence.slice(0, 1))),
    remembers: !isAlways && sequences.some(({ length }) => length > 1),
  };
}

function endsAsItBegins(sequence: Sequence): boolean {
  const [first, last] = [sequence.at(0), sequence.at(-1)];
  return sequence.length > 1 && first !== undefined && last !== undefined && sameStep(first, last);
}
