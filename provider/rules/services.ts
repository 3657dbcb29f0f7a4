import { ADDRESS_BITS } from "../policy/networks";
import { type PortRange, portRanges } from "../policy/ports";
import type { Policy, Service } from "../policy/types";
import type { List, Prefix, Test } from "./ir";

export type ServiceTest = Extract<Test, { kind: "service" }>;

/** Whether the door stands where packets pass through the host, rather than where they end. */
export function isForwarded({ chain }: Policy): boolean {
  return chain !== "INPUT";
}

/** The tests for the ports of services. */
export function serviceTests(policy: Policy, services: readonly Service[]): ServiceTest[] {
  return services.flatMap(({ protocol, ports }) =>
    isForwarded(policy)
      ? // conntrack's --ctorigdstport takes one port or range (iptables-extensions(8), conntrack).
        portRanges(ports).map(
          (range): ServiceTest => ({ kind: "service", protocol, ports: [range], isOriginal: true }),
        )
      : inFifteens(portRanges(ports)).map(
          (ranges): ServiceTest => ({ kind: "service", protocol, ports: ranges }),
        ),
  );
}

/** One test takes up to 15 ports, of which a range counts two (iptables-extensions(8), multiport). */
function inFifteens(ranges: readonly PortRange[]): PortRange[][] {
  const chunks: PortRange[][] = [[]];
  let slots = 0;
  for (const range of ranges) {
    const size = range.first === range.last ? 1 : 2;
    slots += size;
    if (slots > 15) {
      chunks.push([]);
      slots = size;
    }
    chunks.at(-1)?.push(range);
  }
  return chunks;
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
