import { randomBytes } from "node:crypto";
import type { PortRange } from "../policy/ports";
import type { Sequence, Step } from "../policy/types";
import { bytesOf } from "./keys";
import { countOf, numberAt, PING_SIZES, type Recipe } from "./recipe";

/** Keepers: texts by name. Another text gives another sequence. Not secret. */
export type ReservedPorts = Readonly<Record<string, string>>;

/** Far more than needed: of sequences of 16 ports, one in 550 is allowed. */
const TRIES = 100_000;

/**
 * The sequence of an epoch. All sequences that the recipe allows are equally likely: a draw with modulo bias or a
 * sequence that is not allowed is discarded as a whole, since a repair would make some sequences likelier than
 * others.
 * @throws RangeError if the recipe allows no sequence.
 */
export function sequenceOf(
  key: Uint8Array,
  recipe: Recipe,
  epoch: number,
  keepers: ReservedPorts = {},
): Sequence {
  const context = contextOf(recipe, keepers);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const bytes = bytesOf(key, [String(epoch), String(attempt), ...context], 4 * recipe.protocols.length);
    const sequence = recipe.protocols.flatMap((protocol, index): Step[] =>
      stepOf(protocol, bytes.readUInt32BE(4 * index), recipe),
    );
    if (sequence.length === recipe.protocols.length && isAllowed(sequence)) return sequence;
  }
  throw new RangeError("there are too few ports for a sequence");
}

/** What the bytes of every epoch and attempt depend on, besides the key. */
export function contextOf(recipe: Recipe, keepers: ReservedPorts): string[] {
  return [recipe.protocols.join(), rangesText(recipe.ports), ...keeperTexts(keepers)];
}

/** A sequence from the system's random generator. */
export function randomSequence(recipe: Recipe): Sequence {
  return sequenceOf(randomBytes(32), recipe, 0);
}

/** The step for a random number of 32 bits; none for a number in the last, incomplete round. */
function stepOf(protocol: Step["protocol"], random: number, { ports }: Recipe): Step[] {
  const ranges = protocol === "icmp" ? [PING_SIZES] : ports;
  const count = countOf(ranges);
  if (random >= 2 ** 32 - (2 ** 32 % count)) return [];
  const number = numberAt(ranges, random % count);
  return [protocol === "icmp" ? { protocol, payloadBytes: number } : { protocol, port: number }];
}

/** Whether neither the ports nor the sizes are in an order in which scans send. */
function isAllowed(sequence: Sequence): boolean {
  const ports = sequence.flatMap((step) => (step.protocol === "icmp" ? [] : [step.port]));
  const sizes = sequence.flatMap((step) => (step.protocol === "icmp" ? [step.payloadBytes] : []));
  return [ports, sizes].every(isScattered);
}

/** No number repeats, none is a neighbour of the one before, no three in a row rise or fall. */
function isScattered(numbers: readonly number[]): boolean {
  const leaps = numbers.slice(1).map((number, index) => number - (numbers[index] ?? 0));
  return (
    new Set(numbers).size === numbers.length &&
    leaps.every((leap) => Math.abs(leap) > 1) &&
    leaps.slice(1).every((leap, index) => leap > 0 !== (leaps[index] ?? 0) > 0)
  );
}

function rangesText(ranges: readonly PortRange[]): string {
  return ranges.map(({ first, last }) => `${first}-${last}`).join();
}

/** Names and texts in turn, in the order of the names' bytes. */
function keeperTexts(keepers: ReservedPorts): string[] {
  return Object.entries(keepers)
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .flat();
}
