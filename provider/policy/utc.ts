export const DAY_MS = 86_400_000;

/** A time in ISO 8601, in UTC, to the second: `2026-11-25T13:00:00Z`. */
export function formatUtc(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(".000Z", "Z");
}

/** The number of days until a time, including today. */
export function daysUntil(endMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((endMs - nowMs) / DAY_MS));
}
