import { randomBytes } from "node:crypto";
import type { PortRange } from "../policy/ports";
import type { Sequence, Step } from "../policy/types";
import { bytesOf } from "./keys";
import { countOf, numberAt, PING_SIZES, type Recipe } from "./recipe";

/** Texts by name that stand for reasons to rotate: another text, another sequence. Not secret. */
export type ReservedPorts = Readonly<Record<string, string>>;

/** Far more than chance can ask for: of sequences of 16 ports, one in 550 has no run. */
const TRIES = 100_000;

/**
 * The sequence of an epoch: each that the recipe allows is equally likely. A draw with modulo bias and a try that is not
 * allowed are thrown away whole, since mending them would make some sequences likelier than others.
 * @throws RangeError where the recipe allows none.
 */
export function sequenceOf(
  key: Uint8Array,
  recipe: Recipe,
  epoch: number,
  keepers: ReservedPorts = {},
): Sequence {
  const context = [recipe.protocols.join(), rangesText(recipe.ports), ...keeperTexts(keepers)];
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const bytes = bytesOf(key, [String(epoch), String(attempt), ...context], 4 * recipe.protocols.length);
    const sequence = recipe.protocols.flatMap((protocol, index): Step[] =>
      stepOf(protocol, bytes.readUInt32BE(4 * index), recipe),
    );
    if (sequence.length === recipe.protocols.length && isAllowed(sequence)) return sequence;
  }
  throw new RangeError("there are too few ports for a sequence");
}

/** A sequence from the system's random generator. */
export function randomSequence(recipe: Recipe): Sequence {
  return sequenceOf(randomBytes(32), recipe, 0);
}

/** The step that a random number of 32 bits stands for; none where it lies in the last, incomplete round. */
function stepOf(protocol: Step["protocol"], random: number, { ports }: Recipe): Step[] {
  const ranges = protocol === "icmp" ? [PING_SIZES] : ports;
  const count = countOf(ranges);
  if (random >= 2 ** 32 - (2 ** 32 % count)) return [];
  const number = numberAt(ranges, random % count);
  return [protocol === "icmp" ? { protocol, payloadBytes: number } : { protocol, port: number }];
}

/** Whether ports, and sizes, stand in no order that a scan has. */
function isAllowed(sequence: Sequence): boolean {
  const ports = sequence.flatMap((step) => (step.protocol === "icmp" ? [] : [step.port]));
  const sizes = sequence.flatMap((step) => (step.protocol === "icmp" ? [step.payloadBytes] : []));
  return [ports, sizes].every(isScattered);
}

/** None stands twice, none is a neighbour of the one before it, no three in a row rise or fall. */
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
