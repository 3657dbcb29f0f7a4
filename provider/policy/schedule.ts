import type { Sequence } from "./types";

/** The windows of a calendar's days, compiled ahead. Times are milliseconds since 1970. */
export interface Schedule {
  readonly days: readonly Day[];
}

/** A day and its windows, in order. */
export interface Day {
  /** In UTC: `2026-11-25`. */
  readonly date: string;
  readonly windows: readonly Window[];
}

/** The time in which one sequence opens the door. Neighbouring windows overlap by their grace. */
export interface Window {
  /** Counted from 1970. Its last bit tells neighbours apart. */
  readonly number: number;
  /** Its beginning without grace, in UTC: `13:00`. */
  readonly time: string;
  /** Its beginning and end with grace. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly sequence: Sequence;
}
