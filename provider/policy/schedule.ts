import type { Sequence } from "./types";

/** What the clock opens a door to: the windows of a calendar's days, compiled ahead. Times are milliseconds since 1970. */
export interface Schedule {
  readonly days: readonly Day[];
}

/** A day and its windows, in order. */
export interface Day {
  /** In UTC: `2026-11-25`. */
  readonly date: string;
  readonly windows: readonly Window[];
}

/** A time in which one sequence opens the door. Neighbours overlap by the grace of both. */
export interface Window {
  /** Counted from 1970: neighbours are told apart by its last bit. */
  readonly number: number;
  /** When it begins by the calendar, in UTC: `13:00`. */
  readonly time: string;
  /** From when until when it is heard, grace included. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly sequence: Sequence;
}
