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

test("a payload is written in hexadecimal digits, whatever it was given as", () => {
  const step = (payload: string) => formatSequence([{ protocol: "udp", port: 8000, payload }]);
  expect(step("open")).toBe("udp/8000/hex:6f70656e");
  expect(step("hex:6F70656e")).toBe("udp/8000/hex:6f70656e");
  expect(step('„a, b"')).toBe("udp/8000/hex:e2809e612c206222");
  expect(parseSequence("udp/8000/hex:6F70,tcp/1")).toEqual([
    { protocol: "udp", port: 8000, payload: "hex:6F70" },
    { protocol: "tcp", port: 1 },
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
  ["tcp/7000/hex:6f", 1],
  ["icmp/70/hex:6f", 1],
  ["udp/7777/open", 1],
  ["udp/7777/hex:6f 70", 1],
  ["udp/7777/", 1],
])("%j: the step is named by its place and not shown", (text, place) => {
  expect(() => parseSequence(text)).toThrow(
    new SyntaxError(
      `step ${place} of the sequence is not written as tcp/PORT, udp/PORT, udp/PORT/hex:DIGITS or icmp/BYTES`,
    ),
  );
});
