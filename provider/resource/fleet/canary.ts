/**
 * The hosts that go first. A number means the first of the list, so that hosts which are added at its end, or removed
 * behind them, leave the same ones; names mean these whatever becomes of the list.
 */
export function canariesOf(
  hosts: readonly string[],
  canary: number | readonly string[] = 0,
): readonly string[] {
  return typeof canary === "number" ? hosts.slice(0, canary) : hosts.filter((host) => canary.includes(host));
}
