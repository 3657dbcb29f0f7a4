import fc from "fast-check";
import { expect, test } from "vitest";
import { clientDoor, configFailures } from "../../provider/policy/clientConfig";
import { policyFields } from "../../provider/policy/schema";
import { readSequence, sequenceFailures } from "../../provider/policy/steps";
import { formatSequence } from "../../provider/policy/text";
import type { Step } from "../../provider/policy/types";
import { conflicts, validateFields } from "../../provider/policy/validate";
import { seed } from "./seed";

/** Steps of the right shape, with values that are right, at the limits, and beyond them. */
const value = fc.oneof(
  fc.integer({ min: -1, max: 3 }),
  fc.integer({ min: 1450, max: 1455 }),
  fc.constantFrom(65535, 65536, 8000.5),
);
const payload = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    "hex:",
    "hex:0",
    "hex:zz",
    "hex:aB",
    "hex:ab",
    `hex:${"00".repeat(36)}`,
    `hex:${"00".repeat(37)}`,
  ),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  value.map((port) => ({ protocol: "tcp" as const, port })),
  value.map((port) => ({ protocol: "udp" as const, port })),
  fc.tuple(value, payload).map(([port, payload]) => ({ protocol: "udp" as const, port, payload })),
  value.map((payloadBytes) => ({ protocol: "icmp" as const, payloadBytes })),
);

test("says of a sequence what the schema says", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 18 }), (steps) => {
      const { value, failures } = validateFields({ sequence: policyFields.sequence }, { sequence: steps });
      const ours = sequenceFailures(value.sequence ?? steps);
      const theirs = [...failures, ...conflicts(value)];
      if (theirs.length === 0) expect(ours).toEqual([]);
      else if (failures.length > 0)
        expect(ours).toEqual(expect.arrayContaining(steps.length > 16 ? [] : [...failures]));
      else expect(ours).toEqual(theirs);
      expect(ours.length === 0).toBe(theirs.length === 0);
    }),
    { seed: seed(), numRuns: 2_000 },
  );
});

test("one sequence is one text, however its digits are written", () => {
  expect(readSequence("udp/8000/hex:AB00")).toEqual([{ protocol: "udp", port: 8000, payload: "hex:ab00" }]);
  expect(() => readSequence("udp/1/hex:AB,udp/1/hex:ab")).toThrow("must differ from the step before it");
  expect(() => readSequence("tcp/0,udp/1/hex:0,icmp/1453")).toThrow(
    /^sequence\[0\].*\nsequence\[1\].*\nsequence\[2\].*$/,
  );
});

test("a door's entry is one that the client takes", () => {
  const sequence = readSequence("tcp/7000,udp/8000/hex:00,icmp/120");
  const door = clientDoor("web", "192.0.2.11", { sequence }, [{ protocol: "tcp", ports: [22, "8000-8010"] }]);
  expect(door).toEqual({
    name: "web",
    host: "192.0.2.11",
    sequence: formatSequence(sequence),
    door: ["tcp/22", "tcp/8000-8010"],
  });
  expect(configFailures({ doors: [door] })).toEqual([]);
});
