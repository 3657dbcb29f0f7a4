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

/** The end of a calendar's last window, given its first day. */
export function endOf({ days }: Calendar, firstDay: string): number {
  return Date.parse(firstDay) + days * DAY_MS;
}

/**
 * The windows of a calendar from its first day on, and those of the day before, for the grace of its last window and
 * for slow clocks. Windows are the derivation's epochs, so client and host compute the same sequences. The days form
 * a ring: a new day takes the place of the one that it replaces, so a diff shows only the days that come and go.
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

/** The remainder that is never negative. */
function after(number: number, size: number): number {
  return ((number % size) + size) % size;
}

/** The derivation with windows as its epochs: a client computes the sequence of each window from it. */
export function windowDerivation({ derivation, windowMinutes }: Windows): DoorDerivation {
  return { ...derivation, rotateEvery: `${windowMinutes ?? limits.windowMinutes.default}m` };
}

/** A calendar, also as users write it. */
type Windows = Pick<Calendar, "derivation"> & Partial<Calendar>;

/** Packets that `door` or `ignore` names never count as knocks, so no window may draw one. */
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
            reason: `must not draw packets that \`${name}\` names: they would never count as knocks. Give these ports to the KnockSequence as \`exclude\``,
          },
        ]
      : [],
  );
}
