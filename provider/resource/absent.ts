import type { Properties } from "../door/properties";

/** Pulumi hands over null for a secret that turned out to be undefined; without a secret, the key would be missing. */
export function withoutAbsent(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null));
}
