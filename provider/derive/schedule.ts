import type { Failure } from "../policy/conflicts";
import { limits } from "../policy/limits";
import { portRanges } from "../policy/ports";
import type { Day, Schedule } from "../policy/schedule";
import type { Calendar, DoorDerivation, Ignored, Policy, Service } from "../policy/types";
import { DAY_MS } from "../policy/utc";
import { recipeOf } from "./recipe";
import { sequenceOf } from "./sequence";

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

/** What a client needs to compute the sequence of each window: the derivation, with windows for epochs. */
export function windowDerivation({ derivation, windowMinutes }: Windows): DoorDerivation {
  return { ...derivation, rotateEvery: `${windowMinutes ?? limits.windowMinutes.default}m` };
}

/** Of a calendar as people write it, too. */
type Windows = Pick<Calendar, "derivation"> & Partial<Calendar>;

/** Knocks that the door or `ignore` would take first: some window's would never count, so none may be drawn at all. */
export function hiddenKnocks({ calendar, door = [], ignore = [] }: Partial<Policy>): Failure[] {
  if (calendar === undefined) return [];
  const { protocols, ports } = recipeOf(calendar.derivation);
  const isDrawn = (service: Service | Ignored) =>
    service.protocol === "icmp"
      ? protocols.includes("icmp")
      : protocols.includes(service.protocol) &&
        portRanges(service.ports).some(({ first, last }) =>
          ports.some((range) => first <= range.last && range.first <= last),
        );
  return Object.entries({ door, ignore }).flatMap(([name, services]) =>
    services.some(isDrawn)
      ? [
          {
            property: "calendar.derivation",
            reason: `must draw no packet that \`${name}\` names, which would never count as a knock: give the KnockSequence such ports as \`exclude\``,
          },
        ]
      : [],
  );
}
