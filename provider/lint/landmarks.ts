import { limits } from "../policy/limits";
import { includesPort, type PortRange, portRanges } from "../policy/ports";
import type { Policy, Step } from "../policy/types";

/** A packet of a scan, and its place among all packets of the scan. */
export interface Place {
  readonly packet: Step;
  readonly place: number;
}

/**
 * Ports, in ascending order, that represent all 65,535 of a scan: those of the steps, and from each gap between them
 * one for each protocol that counts as a wrong knock. All ports of a gap have the same effect, and one is enough to
 * reset.
 */
export function scanPorts(policy: Policy): number[] {
  const steps = (policy.sequence ?? []).flatMap((step) => (step.protocol === "icmp" ? [] : [step.port]));
  const bounds = [limits.port.min - 1, ...new Set(steps), limits.port.max + 1].sort((a, b) => a - b);
  const wrong = (["tcp", "udp"] as const).flatMap((protocol) => {
    const neutral = neutralRanges(policy, protocol);
    return bounds.flatMap((bound, index) => firstOutside(neutral, bound + 1, bounds[index + 1] ?? 0));
  });
  return [...new Set([...steps, ...wrong])].sort((a, b) => a - b);
}

/** Ping sizes that represent all sizes in the same way: those of the steps, and their neighbours. */
export function scanSizes({ sequence = [] }: Policy): Place[] {
  const { min, max } = limits.pingPayloadBytes;
  const sizes = sequence.flatMap((step) =>
    step.protocol === "icmp" ? [-1, 0, 1].map((delta) => step.payloadBytes + delta) : [],
  );
  return [...new Set(sizes)]
    .filter((size) => min <= size && size <= max)
    .sort((a, b) => a - b)
    .map((payloadBytes) => ({ packet: { protocol: "icmp", payloadBytes }, place: payloadBytes }));
}

/** Ports that do not count as knocks. */
function neutralRanges({ door, ignore }: Policy, protocol: "tcp" | "udp"): PortRange[] {
  return [...door, ...ignore].flatMap((service) =>
    service.protocol === protocol ? portRanges(service.ports) : [],
  );
}

function firstOutside(ranges: readonly PortRange[], from: number, end: number): number[] {
  let port = from;
  while (port < end && includesPort(ranges, port)) {
    const at = port;
    port =
      Math.max(...ranges.filter(({ first, last }) => first <= at && at <= last).map(({ last }) => last)) + 1;
  }
  return port < end ? [port] : [];
}
