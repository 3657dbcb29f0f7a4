import { expect, test } from "vitest";
import { includesPort, parsePorts, portRanges } from "../../provider/policy/ports";

test.each([
  [22, { first: 22, last: 22 }],
  ["8000-8010", { first: 8000, last: 8010 }],
  ["22-22", { first: 22, last: 22 }],
  ["1-65535", { first: 1, last: 65_535 }],
  [0, undefined],
  [65_536, undefined],
  [22.5, undefined],
  [Number.NaN, undefined],
  ["22", undefined],
  ["0-22", undefined],
  ["80-70", undefined],
  ["1-65536", undefined],
  ["1 - 2", undefined],
  ["1-2-3", undefined],
  ["-2", undefined],
])("%j", (ports, range) => {
  expect(parsePorts(ports)).toEqual(range);
});

test("a range includes its ends", () => {
  const ranges = portRanges([22, "8000-8010"]);
  const inside = [21, 22, 23, 7999, 8000, 8005, 8010, 8011].filter((port) => includesPort(ranges, port));
  expect(inside).toEqual([22, 8000, 8005, 8010]);
});
