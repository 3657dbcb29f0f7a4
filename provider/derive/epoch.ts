const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Reads a length of time such as "30d", "12h", "90m" or "45s"; undefined where it is none. */
export function parseSeconds(text: string): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = Number(digits) * (UNIT_SECONDS[unit] ?? Number.NaN);
  return Number.isNaN(seconds) ? undefined : seconds;
}

/** The number of the epoch that a time lies in. Epochs are equally long, and counted from 1970-01-01T00:00:00Z. */
export function epochAt(timeMs: number, epochSeconds: number): number {
  return Math.floor(timeMs / 1000 / epochSeconds);
}

/** A time as ISO 8601 has it, in UTC and whole seconds: 2026-12-01T00:00:00Z. */
export function utc(timeSeconds: number): string {
  return new Date(timeSeconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}
