import { ADDRESS_BITS } from "../policy/networks";
import { portRanges } from "../policy/ports";
import type { Policy, Service } from "../policy/types";
import type { List, Prefix, Test } from "./ir";

export type ServiceTest = Extract<Test, { kind: "service" }>;

/** Whether the door stands where packets pass through the host, rather than where they end. */
export function isForwarded({ chain }: Policy): boolean {
  return chain !== "INPUT";
}

/** The tests for the ports of services. */
export function serviceTests(policy: Policy, services: readonly Service[]): ServiceTest[] {
  return services.map(({ protocol, ports }) => ({
    kind: "service",
    protocol,
    ports: portRanges(ports),
    ...(isForwarded(policy) && { isOriginal: true }),
  }));
}

/** A list on which the addresses of one source, as `grantPrefix` makes them, are one entry. */
export function sharedList(policy: Policy, kind: "grant" | "wrong" | "deaf"): List {
  return { kind, ...prefixOf(policy) };
}

/** Only what is not a whole address. */
export function prefixOf({ grantPrefix }: Policy): { prefix?: Prefix } {
  const { ipv4, ipv6 } = grantPrefix;
  const prefix = {
    ...(ipv4 < ADDRESS_BITS.ipv4 && { ipv4 }),
    ...(ipv6 < ADDRESS_BITS.ipv6 && { ipv6 }),
  };
  return Object.keys(prefix).length > 0 ? { prefix } : {};
}
