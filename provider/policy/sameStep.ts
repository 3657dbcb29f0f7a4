import type { Sequence, Step } from "./types";

/** Whether two steps are the same packet. The schema gives payloads one form, so the same packet has the same fields. */
export function sameStep(one: Step, other: Step): boolean {
  switch (one.protocol) {
    case "tcp":
      return other.protocol === "tcp" && one.port === other.port;
    case "udp":
      return other.protocol === "udp" && one.port === other.port && one.payload === other.payload;
    case "icmp":
      return other.protocol === "icmp" && one.payloadBytes === other.payloadBytes;
  }
}

/** Whether two sequences have the same steps in the same order. */
export function sameSequence(one: Sequence, other: Sequence): boolean {
  return (
    one.length === other.length &&
    one.every((step, index) => other[index] !== undefined && sameStep(step, other[index]))
  );
}

/** The place at which a step first occurs in a sequence, counted from 1; 0 if it does not occur. */
export function placeIn(sequence: Sequence, step: Step): number {
  return 1 + sequence.findIndex((other) => sameStep(step, other));
}

/** The different steps of a sequence, in the order in which they first occur. */
export function distinctSteps(sequence: Sequence): Step[] {
  return sequence.filter((step, index) => placeIn(sequence, step) === index + 1);
}
