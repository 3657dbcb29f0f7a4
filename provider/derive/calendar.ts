import type { Day, Schedule } from "../policy/schedule";
import type { Calendar } from "../policy/types";
import { recipeOf } from "./recipe";
import { sequenceOf } from "./sequence";

const DAY_MS = 86_400_000;

/** The day of a time, in UTC: `2026-11-25`. */
export function dateAt(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, "2026-11-25".length);
}

/** When the windows of a calendar end whose first day is this one: after so many days. */
export function endOf({ days }: Calendar, firstDay: string): number {
  return Date.parse(firstDay) + days * DAY_MS;
}

/**
 * The windows of a calendar from its first day on, and those of the day before: the grace of its last one, and a clock that
 * is a little slow, reach back into it. Windows are the derivation's epochs, so the same number stands for the same
 * sequence as for a client. Days lie in a ring, each in the place of the one that it will replace, so that in a list of
 * them only those change that come and go.
 */
export function scheduleOf(calendar: Calendar, firstDay: string): Schedule {
  const { derivation, windowMinutes, graceSeconds, days } = calendar;
  const key = Buffer.from(derivation.subkey, "hex");
  const recipe = recipeOf(derivation);
  const lengthMs = 60_000 * windowMinutes;
  const dayOf = (startMs: number): Day => ({
    date: dateAt(startMs),
    windows: Array.from({ length: DAY_MS / lengthMs }, (_, index) => {
      const beginMs = startMs + index * lengthMs;
      const number = beginMs / lengthMs;
      return {
        number,
        time: new Date(beginMs).toISOString().slice("2026-11-25T".length, "2026-11-25T13:00".length),
        fromMs: beginMs - 1000 * graceSeconds,
        untilMs: beginMs + lengthMs + 1000 * graceSeconds,
        sequence: sequenceOf(key, recipe, number, derivation.keepers),
      };
    }),
  });
  const first = Date.parse(firstDay) / DAY_MS - 1;
  const inRing = Array.from({ length: days + 1 }, (_, place) => first + after(place - first, days + 1));
  return { days: inRing.map((day) => dayOf(day * DAY_MS)) };
}

/** The remainder that is not negative. */
function after(number: number, size: number): number {
  return ((number % size) + size) % size;
}
