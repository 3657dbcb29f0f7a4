import { type PortRange, portRanges } from "../policy/ports";
import type { PortOrRange, Step } from "../policy/types";
import { WELL_KNOWN_PORTS } from "./wellKnown";

/** The protocols and ports from which a sequence is drawn. Not secret: previews show the protocols. */
export interface Recipe {
  /** The protocol of each step. */
  readonly protocols: readonly Step["protocol"][];
  /** The ports that may be drawn: ranges in ascending order that do not touch. */
  readonly ports: readonly PortRange[];
}

/** A recipe as users write it. */
export interface RecipeArgs {
  readonly steps: number;
  /** The protocols of the steps in turn, repeated as often as needed. */
  readonly protocols: readonly Step["protocol"][];
  readonly ports: readonly PortOrRange[];
  /** Ports not to draw, besides system and well-known ports. */
  readonly exclude: readonly PortOrRange[];
}

/**
 * Payload bytes of a ping: more than systems send by default, and small enough for every IPv6 link (RFC 8200, 5: 1280
 * - 40 - 8).
 */
export const PING_SIZES: PortRange = { first: 64, last: 1232 };

const SYSTEM_PORTS: PortRange = { first: 0, last: 1023 };

export function recipeOf({ steps, protocols, ports, exclude }: RecipeArgs): Recipe {
  const never = [
    SYSTEM_PORTS,
    ...WELL_KNOWN_PORTS.map((port) => ({ first: port, last: port })),
    ...portRanges(exclude),
  ];
  return {
    protocols: Array.from({ length: steps }, (_, index) => protocols[index % protocols.length] ?? "tcp"),
    ports: never.reduce(without, merged(portRanges(ports))),
  };
}

/** How many numbers ranges hold. */
export function countOf(ranges: readonly PortRange[]): number {
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

/** The number at a place in ranges, counted from 0. */
export function numberAt(ranges: readonly PortRange[], place: number): number {
  let left = place;
  for (const { first, last } of ranges) {
    if (left <= last - first) return first + left;
    left -= last - first + 1;
  }
  throw new RangeError("the place lies outside of the ranges");
}

function merged(ranges: readonly PortRange[]): PortRange[] {
  const done: PortRange[] = [];
  for (const { first, last } of [...ranges].sort((a, b) => a.first - b.first)) {
    const before = done.at(-1);
    if (before && first <= before.last + 1) {
      done[done.length - 1] = { first: before.first, last: Math.max(before.last, last) };
    } else done.push({ first, last });
  }
  return done;
}

function without(ranges: readonly PortRange[], hole: PortRange): PortRange[] {
  return ranges.flatMap(({ first, last }) => {
    if (hole.last < first || last < hole.first) return [{ first, last }];
    const parts = [
      { first, last: hole.first - 1 },
      { first: hole.last + 1, last },
    ];
    return parts.filter((part) => part.first <= part.last);
  });
}
