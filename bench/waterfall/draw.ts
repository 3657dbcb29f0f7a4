import type { Waterfall } from "./run";

const WIDTH = 54;

/** What waits for what: a line a span, from left to right in time; its begin and length in round trips. */
export function drawWaterfall({ spans, totalMs }: Waterfall, roundTripMs: number): string {
  const column = (ms: number) => Math.round((ms / totalMs) * WIDTH);
  const trips = (ms: number) => (ms / roundTripMs).toFixed(1).padStart(5);
  const width = Math.max(...spans.map(({ name }) => name.length));
  const lines = [...spans]
    .sort((a, b) => a.fromMs - b.fromMs)
    .map(({ name, fromMs, toMs }) => {
      const bar = " ".repeat(column(fromMs)) + "█".repeat(Math.max(1, column(toMs) - column(fromMs)));
      return `${name.padEnd(width)} ${trips(fromMs)} ${trips(toMs - fromMs)}  ${bar}`.trimEnd();
    });
  const head = `${"".padEnd(width)}  from  took  round trips of ${roundTripMs} ms`;
  return [head, ...lines, `${"all told".padEnd(width)}       ${trips(totalMs)}`].join("\n");
}
