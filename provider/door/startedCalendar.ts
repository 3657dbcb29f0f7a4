import { endOf } from "../derive/schedule";
import type { Calendar } from "../policy/types";
import { daysUntil, formatUtc } from "../policy/utc";
import { plainText } from "../util/plainText";
import type { Properties } from "./properties";

/** A calendar, and the first day of its windows. */
export type StartedCalendar = Calendar & { readonly from: string };

/** When the windows end: ISO 8601, in UTC. */
function untilOf(calendar: StartedCalendar): string {
  return formatUtc(endOf(calendar, calendar.from));
}

/** Days that still have windows, today included. */
function daysLeft(calendar: StartedCalendar, nowMs: number): number {
  return daysUntil(endOf(calendar, calendar.from), nowMs);
}

/** The properties of a door that say how long its calendar lasts. */
export function calendarOutputs(calendar: StartedCalendar | undefined, nowMs: number): Properties {
  return calendar === undefined
    ? {}
    : { calendarUntil: untilOf(calendar), calendarDaysLeft: daysLeft(calendar, nowMs) };
}

/** Warnings for a calendar that has ended, or has less than a quarter of its days left. */
export function calendarWarnings(calendar: StartedCalendar | undefined, nowMs: number): string[] {
  if (calendar === undefined) return [];
  const left = daysLeft(calendar, nowMs);
  const until = untilOf(calendar);
  if (left === 0)
    return [`the calendar ended at ${until}: no knock opens the door until \`pulumi up\` extends it`];
  if (left > Math.max(1, calendar.days / 4)) return [];
  const days = left === 1 ? "today" : `in ${left} days, today included`;
  return [`the calendar ends ${days}, at ${until}: \`pulumi up\` extends it to ${calendar.days} days`];
}

/** Prints the warnings. The text names the door, since what a provider's process prints belongs to no resource. */
export function printWarnings(owner: string, calendar: StartedCalendar | undefined): void {
  for (const warning of calendarWarnings(calendar, Date.now()))
    console.warn(plainText(`${owner}: ${warning}`));
}

/** What to do when nobody gets in because the host's calendar is over; undefined while it is not. */
export function remedyForEndedCalendar(
  calendar: StartedCalendar | undefined,
  nowMs: number,
): string | undefined {
  if (calendar === undefined) return undefined;
  if (nowMs < endOf(calendar, calendar.from) + 1000 * calendar.graceSeconds) return undefined;
  return `the door's calendar ended at ${untilOf(calendar)}, so no knock opens it any more. From an address in allowFrom, \`pulumi up\` extends it. Else take the doors off from a console, \`sh /etc/portknock/remove.sh\`, and run \`pulumi up --refresh\` then.`;
}
