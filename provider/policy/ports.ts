import type { PortOrRange, Service } from "./types";

/** An inclusive range of ports; a single port has `first === last`. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Reads a port or a range such as `"8000-8010"`; undefined for any other text, and outside 1 to 65535. */
export function parsePorts(ports: PortOrRange): PortRange | undefined {
  const bounds =
    typeof ports === "number" ? [ports, ports] : /^(\d{1,5})-(\d{1,5})$/.exec(ports)?.slice(1).map(Number);
  const [first, last] = bounds ?? [];
  if (first === undefined || last === undefined) return undefined;
  if (!Number.isInteger(first) || !Number.isInteger(last)) return undefined;
  return first >= 1 && first <= last && last <= 65535 ? { first, last } : undefined;
}

/** The ranges of a validated policy's ports. */
export function portRanges(ports: readonly PortOrRange[]): readonly PortRange[] {
  return ports.map((item) => {
    const range = parsePorts(item);
    if (range === undefined) throw new RangeError(`not a port or range: ${item}`);
    return range;
  });
}

/** Whether a port lies in one of the ranges. */
export function includesPort(ranges: readonly PortRange[], port: number): boolean {
  return ranges.some(({ first, last }) => first <= port && port <= last);
}

/** The one range from the lowest port of all to the highest. */
export function span(ranges: readonly PortRange[]): PortRange {
  return {
    first: Math.min(...ranges.map(({ first }) => first)),
    last: Math.max(...ranges.map(({ last }) => last)),
  };
}

/** The first TCP port of a door, by which one can see whether the door is open. */
export function firstTcpPort(door: readonly Service[]): number | undefined {
  const service = door.find(({ protocol }) => protocol === "tcp");
  return service && portRanges(service.ports)[0]?.first;
}
