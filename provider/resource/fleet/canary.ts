/**
 * The hosts that are changed first: so many from the beginning of the list, or those of these names. A host that is added at
 * the end of the list changes nothing about them.
 */
export function canariesOf(
  hosts: readonly string[],
  canary: number | readonly string[] = 0,
): readonly string[] {
  return typeof canary === "number" ? hosts.slice(0, canary) : hosts.filter((host) => canary.includes(host));
}
