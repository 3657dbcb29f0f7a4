import { endOf } from "../derive/calendar";
import type { Calendar } from "../policy/types";
import type { Door, Properties } from "./door";

const DAY_MS = 86_400_000;

/** When the windows of a door end, if it has any: ISO 8601, in UTC. */
function untilOf({ policy: { calendar }, calendarFrom }: Door): string | undefined {
  if (calendar === undefined || calendarFrom === undefined) return undefined;
  return new Date(endOf(calendar, calendarFrom)).toISOString().replace(".000Z", "Z");
}

/** On how many days a calendar that ends then still has windows, this one included. */
export function daysLeft(until: string, nowMs: number): number {
  return Math.max(0, Math.ceil((Date.parse(until) - nowMs) / DAY_MS));
}

/** The outputs of a door that tell how long its calendar lasts. */
export function calendarOutputs(door: Door, nowMs: number): Properties {
  const until = untilOf(door);
  return until === undefined ? {} : { calendarUntil: until, calendarDaysLeft: daysLeft(until, nowMs) };
}

/** That a calendar has ended, or will soon: from a quarter of its days on. */
export function calendarWarnings(door: Door, nowMs: number): string[] {
  const until = untilOf(door);
  const { calendar } = door.policy;
  if (until === undefined || calendar === undefined) return [];
  const left = daysLeft(until, nowMs);
  if (left === 0)
    return [`the calendar ended at ${until}: no knock opens the door until \`pulumi up\` extends it`];
  if (!isLow(calendar, left)) return [];
  const days = left === 1 ? "this day" : `${left} days, this one included`;
  return [`the calendar ends at ${until}, with ${days}: \`pulumi up\` extends it to ${calendar.days}`];
}

function isLow({ days }: Calendar, left: number): boolean {
  return left <= Math.max(1, days / 4);
}

/** What to do where nobody gets in any more since the calendar that the host has is over; undefined while it is not. */
export function endedCalendar(door: Door, nowMs: number): string | undefined {
  const until = untilOf(door);
  const graceMs = 1000 * (door.policy.calendar?.graceSeconds ?? 0);
  if (until === undefined || Date.parse(until) + graceMs > nowMs) return undefined;
  return `the door's calendar ended at ${until}, so no knock opens it any more. From an address in allowFrom, \`pulumi up\` extends it. Else take its jump out from a console, \`iptables -D INPUT 1; ip6tables -D INPUT 1\`, and then run \`pulumi up\`.`;
}
