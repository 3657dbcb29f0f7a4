import type { Outcome } from "./cell";

/** Faults by step: how many cells ended as before, as asked, or in a miss. */
export function table(outcomes: readonly Outcome[]): string {
  const rows = new Map<string, Map<string, Outcome[]>>();
  for (const outcome of outcomes) {
    const { fault, step } = outcome.cell;
    const place = step.includes("/") ? step.replace(/\/\d+$/, "") : `controller/${step}`;
    const row = rows.get(fault.name) ?? new Map<string, Outcome[]>();
    row.set(place, [...(row.get(place) ?? []), outcome]);
    rows.set(fault.name, row);
  }
  const lines: string[] = [];
  for (const [fault, row] of rows) {
    const all = [...row.values()].flat();
    lines.push(`${fault}: ${summary(all)}`);
    for (const [place, some] of row) lines.push(`    ${place.padEnd(28)} ${summary(some)}`);
  }
  return lines.join("\n");
}

function summary(outcomes: readonly Outcome[]): string {
  const counts = new Map<string, number>();
  for (const { found, told, misses } of outcomes) {
    const what =
      misses.length > 0
        ? "MISS"
        : found === ""
          ? "repeated at once"
          : `${found} (${told.replace(/ \d+ s.*/, " …")})`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  const slowest = Math.max(...outcomes.map(({ settledMs }) => settledMs));
  const texts = [...counts].map(([what, count]) => `${count} ${what}`);
  return `${texts.join(", ")}; settled within ${(slowest / 1000).toFixed(1)} s`;
}
