import type { Properties } from "../door/properties";

/** Pulumi passes null for a secret output that resolved to undefined. For one that is not secret, it passes no key. */
export function withoutAbsent(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null));
}
