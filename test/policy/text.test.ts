import fc from "fast-check";
import { expect, test } from "vitest";
import { formatSequence, parseSequence } from "../../provider/policy/text";
import { sequences } from "./arbitrary";
import { seed } from "./seed";

test("a sequence is read as it was written", () => {
  fc.assert(
    fc.property(sequences(16), (sequence) => {
      expect(parseSequence(formatSequence(sequence))).toEqual(sequence);
    }),
    { seed: seed() },
  );
});

test("spaces around steps do not matter", () => {
  expect(parseSequence(" tcp/7000 , udp/8000,icmp/120\n")).toEqual([
    { protocol: "tcp", port: 7000 },
    { protocol: "udp", port: 8000 },
    { protocol: "icmp", payloadBytes: 120 },
  ]);
});

test.each([
  ["", 1],
  ["tcp", 1],
  ["tcp/7000,", 2],
  ["tcp/7000,udp", 2],
  ["tcp/7000 udp/8000", 1],
  ["tcp/7000,sctp/7777", 2],
  ["TCP/7777", 1],
  ["tcp/-7777", 1],
  ["tcp/7777.5", 1],
  ["tcp/7000,udp/8000,7777/tcp", 3],
])("%j: the step is named by its place and not shown", (text, place) => {
  expect(() => parseSequence(text)).toThrow(
    new SyntaxError(`step ${place} of the sequence is not written as tcp/PORT, udp/PORT or icmp/BYTES`),
  );
});
