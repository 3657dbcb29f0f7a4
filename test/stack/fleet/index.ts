import { readFileSync } from "node:fs";
import { Config } from "@pulumi/pulumi";
import {
  type CalendarArgs,
  KnockSequence,
  type KnockSequenceArgs,
  PortKnock,
  type PortKnockArgs,
} from "pulumi-portknock";

/** A door, and how its sequence is made; derived where that names a host, and then by a calendar, where it has one. */
interface Entry {
  sequence: KnockSequenceArgs;
  calendar?: Omit<CalendarArgs, "derivation">;
  door: Omit<PortKnockArgs, "sequence" | "previous" | "calendar">;
}

const entries = JSON.parse(readFileSync("doors.json", "utf8")) as Record<string, Entry>;
const master = new Config().getSecret("master");

export const doors = Object.fromEntries(
  Object.entries(entries).map(([name, entry]) => {
    const args = entry.sequence.host === undefined ? entry.sequence : { ...entry.sequence, master };
    const { current, previous, generation, derivation } = new KnockSequence(name, args);
    const opener = entry.calendar
      ? { calendar: { ...entry.calendar, derivation } }
      : { sequence: current, previous };
    const door = new PortKnock(name, { ...entry.door, ...opener });
    const { knockCommand, clientConfig, rules, verified } = door;
    const { calendarUntil, calendarDaysLeft, warnings } = door;
    const told = { knockCommand, clientConfig, rules, verified, calendarUntil, calendarDaysLeft, warnings };
    return [name, { current, previous, generation, derivation, ...told }];
  }),
);
