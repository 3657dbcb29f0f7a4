import type { Schedule } from "../../provider/policy/schedule";
import type { Sequence } from "../../provider/policy/types";

/**
 * A calendar whose windows follow one another from a time on, a day each, whatever the real calendar says: so an edge, or a
 * midnight, can be now.
 */
export function scheduleFrom(
  startMs: number,
  lengthMs: number,
  graceMs: number,
  days: readonly (readonly Sequence[])[],
): Schedule {
  let number = 0;
  return {
    days: days.map((sequences, day) => ({
      date: `2026-11-${String(day + 1).padStart(2, "0")}`,
      windows: sequences.map((sequence, index) => {
        const beginMs = startMs + number * lengthMs;
        return {
          number: number++,
          time: `00:${String(index).padStart(2, "0")}`,
          fromMs: beginMs - graceMs,
          untilMs: beginMs + lengthMs + graceMs,
          sequence,
        };
      }),
    })),
  };
}
