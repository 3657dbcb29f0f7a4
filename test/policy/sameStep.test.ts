import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { distinctSteps, placeIn, sameSequence, sameStep } from "../../provider/policy/sameStep";
import type { Step } from "../../provider/policy/types";

const STEPS: readonly Step[] = [
  { protocol: "tcp", port: 7000 },
  { protocol: "tcp", port: 7001 },
  { protocol: "udp", port: 7000 },
  { protocol: "udp", port: 7000, payload: "hex:00" },
  { protocol: "udp", port: 7000, payload: "hex:01" },
  { protocol: "udp", port: 7001, payload: "hex:01" },
  { protocol: "icmp", payloadBytes: 7000 },
  { protocol: "icmp", payloadBytes: 7001 },
];
const copy = (step: Step): Step => ({ ...step });

test.each(STEPS.map((step) => ({ step })))("$step is equal to a copy of itself alone", ({ step }) => {
  expect(STEPS.filter((other) => sameStep(step, copy(other)))).toEqual([step]);
});

test("sequences are equal where their steps are, one by one", () => {
  const sequences = [[], STEPS, STEPS.slice(1), STEPS.slice(0, -1), STEPS.toReversed()];
  for (const one of sequences) {
    for (const other of sequences)
      expect(sameSequence(one, other.map(copy))).toBe(isDeepStrictEqual(one, other));
  }
});

test("a repeated step has the place of its first occurrence", () => {
  const [first, second, third] = STEPS;
  if (!first || !second || !third) throw new Error("there are three steps");
  const repeated = [first, second, copy(first), third, copy(second)];
  expect(repeated.map((step) => placeIn(repeated, step))).toEqual([1, 2, 1, 4, 2]);
  expect(distinctSteps(repeated)).toEqual([first, second, third]);
  expect(placeIn([first], second)).toBe(0);
});
