import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { entropyBits } from "../../provider/derive/entropy";
import { encodeFields, subkeyOf } from "../../provider/derive/keys";
import { countOf, type RecipeArgs, recipeOf } from "../../provider/derive/recipe";
import { randomSequence, sequenceOf } from "../../provider/derive/sequence";
import { WELL_KNOWN_PORTS } from "../../provider/derive/wellKnown";
import { portRanges } from "../../provider/policy/ports";
import { formatSequence } from "../../provider/policy/text";
import { conflicts } from "../../provider/policy/validate";
import { seed } from "../policy/seed";

interface Vector extends RecipeArgs {
  readonly master: string;
  readonly door: string;
  readonly host: string;
  readonly epoch: number;
  readonly keepers: Readonly<Record<string, string>>;
  readonly subkey: string;
  readonly attempt: number;
  readonly sequence: string;
}

/** Computed by vectors.py, which has an HKDF and a sampler of its own, written after docs/derivation.md. */
const vectors = JSON.parse(readFileSync(join(__dirname, "vectors.json"), "utf8")) as Vector[];

const DEFAULT: RecipeArgs = { steps: 4, protocols: ["tcp", "udp"], ports: ["20000-60999"], exclude: [] };

test.each(vectors)("$door on $host, epoch $epoch, $steps of $protocols, attempt $attempt", (vector) => {
  const subkey = subkeyOf(vector.master, vector);
  expect(Buffer.from(subkey).toString("hex")).toBe(vector.subkey);
  const sequence = sequenceOf(subkey, recipeOf(vector), vector.epoch, vector.keepers);
  expect(formatSequence(sequence)).toBe(vector.sequence);
});

test("the vectors differ from one another, and some of them needed more than one attempt", () => {
  expect(new Set(vectors.map(({ sequence }) => sequence)).size).toBe(vectors.length);
  expect(Math.max(...vectors.map(({ attempt }) => attempt))).toBeGreaterThan(0);
});

test("docs/derivation.md lists the ports that are never drawn", () => {
  const text = readFileSync(join(__dirname, "../../docs/derivation.md"), "utf8");
  const [, listed = ""] = /```ports\n([\s\S]*?)```/.exec(text) ?? [];
  expect(listed.trim().split(/\s+/).map(Number)).toEqual(WELL_KNOWN_PORTS);
});

test("different lists of texts are different bytes", () => {
  const texts = fc.array(fc.string({ maxLength: 3 }), { maxLength: 3 });
  fc.assert(
    fc.property(texts, texts, (one, other) => {
      fc.pre(JSON.stringify(one) !== JSON.stringify(other));
      expect(encodeFields(one).equals(encodeFields(other))).toBe(false);
    }),
    {
      seed: seed(),
      numRuns: 2_000,
      examples: [
        [
          ["ab", "c"],
          ["a", "bc"],
        ],
        [["a"], ["a", ""]],
      ],
    },
  );
});

const recipes = fc.record({
  steps: fc.integer({ min: 3, max: 10 }),
  protocols: fc.array(fc.constantFrom("tcp", "udp", "icmp"), { minLength: 1, maxLength: 4 }),
  ports: fc.constantFrom(["20000-60999"], ["1024-65535"], [4444, "5000-7000"], ["1-2500"]),
  exclude: fc.constantFrom([], ["25000-26000", 60001], ["1100-1200"]),
}) as fc.Arbitrary<RecipeArgs>;

test("what is drawn is in the ranges, never well-known or excluded, without repeats, neighbours or runs", () => {
  fc.assert(
    fc.property(recipes, (args) => {
      const sequence = randomSequence(recipeOf(args));
      expect(sequence.map(({ protocol }) => protocol)).toEqual(
        Array.from({ length: args.steps }, (_, index) => args.protocols[index % args.protocols.length]),
      );
      expect(conflicts({ sequence })).toEqual([]);
      const within = (ranges: RecipeArgs["ports"], port: number) =>
        portRanges(ranges).some(({ first, last }) => first <= port && port <= last);
      const ports = sequence.flatMap((step) => (step.protocol === "icmp" ? [] : [step.port]));
      const sizes = sequence.flatMap((step) => (step.protocol === "icmp" ? [step.payloadBytes] : []));
      for (const port of ports) {
        expect(within(args.ports, port) && port > 1023).toBe(true);
        expect(within(args.exclude, port) || WELL_KNOWN_PORTS.includes(port)).toBe(false);
      }
      for (const numbers of [ports, sizes]) {
        expect(new Set(numbers).size).toBe(numbers.length);
        numbers.slice(1).forEach((number, index) => {
          const [before = 0, next] = [numbers[index], numbers[index + 2]];
          expect(Math.abs(number - before)).toBeGreaterThan(1);
          if (next !== undefined) expect(Math.sign(number - before)).not.toBe(Math.sign(next - number));
        });
      }
    }),
    { seed: seed(), numRuns: 300 },
  );
});

test("every allowed sequence is equally likely", () => {
  const recipe = recipeOf({ ...DEFAULT, steps: 3, ports: ["20000-20006"] });
  const counts = new Map<string, number>();
  const draws = 20_000;
  for (let epoch = 0; epoch < draws; epoch++) {
    const text = formatSequence(sequenceOf(Buffer.alloc(32, 7), recipe, epoch));
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  // Of 7 ports: 7·6·5 orders of three, less those with neighbours in a row, less those that rise or fall.
  const ports = [0, 1, 2, 3, 4, 5, 6];
  const far = (a: number, b: number) => Math.abs(a - b) > 1;
  const allowed = ports.flatMap((a) =>
    ports.flatMap((b) => ports.filter((c) => far(a, b) && far(b, c) && a !== c && a < b !== b < c)),
  ).length;
  expect(counts.size).toBe(allowed);
  const expected = draws / allowed;
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // Mean allowed - 1, standard deviation the root of twice that: the same draws every time, so no test that may fail.
  expect(chiSquare).toBeLessThan(allowed - 1 + 3 * Math.sqrt(2 * (allowed - 1)));
});

describe("entropy", () => {
  test.each([
    [{}, 60],
    [{ steps: 3 }, 45],
    [{ steps: 3, protocols: ["tcp", "udp", "icmp"] }, 40],
    [{ steps: 16, protocols: ["tcp"] }, 235],
    [{ ports: [20001], steps: 2 }, 0],
  ] as const)("%j: %i bits", (args, bits) => {
    expect(entropyBits(recipeOf({ ...DEFAULT, ...args } as RecipeArgs))).toBe(bits);
  });

  test("is no more than what counting says, and less by a bit at most", () => {
    const recipe = recipeOf({
      ...DEFAULT,
      ports: ["20000-20030", "21000-21099"],
      steps: 3,
      protocols: ["tcp"],
    });
    const pool = countOf(recipe.ports);
    const port = (place: number) => (place < 31 ? 20_000 + place : 21_000 + place - 31);
    let count = 0;
    for (let a = 0; a < pool; a++)
      for (let b = 0; b < pool; b++)
        for (let c = 0; c < pool; c++) {
          const [x, y, z] = [port(a), port(b), port(c)];
          if (x !== z && Math.abs(x - y) > 1 && Math.abs(y - z) > 1 && x < y !== y < z) count++;
        }
    expect(entropyBits(recipe)).toBeLessThanOrEqual(Math.log2(count));
    expect(entropyBits(recipe)).toBeGreaterThan(Math.log2(count) - 1);
  });
});

test("ports that cannot make a sequence are an error, not an endless loop", () => {
  expect(() => randomSequence(recipeOf({ ...DEFAULT, ports: ["20000-20002"] }))).toThrow(RangeError);
  expect(() => randomSequence(recipeOf({ ...DEFAULT, ports: [22] }))).toThrow(RangeError);
});
