/** The number of the epoch that contains a time. All epochs are equally long, counted from 1970-01-01T00:00:00Z. */
export function epochAt(timeMs: number, epochSeconds: number): number {
  return Math.floor(timeMs / 1000 / epochSeconds);
}

/** When an epoch begins. */
export function startOf(epoch: number, epochSeconds: number): number {
  return epoch * epochSeconds * 1000;
}
