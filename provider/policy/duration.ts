const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Reads a length of time such as "30d", "12h", "90m" or "45s"; undefined for any other text. */
export function parseSeconds(text: string): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = Number(digits) * (UNIT_SECONDS[unit] ?? Number.NaN);
  return Number.isNaN(seconds) ? undefined : seconds;
}
