import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sequencesAt } from "../../provider/derive/derivation";
import { dateAt, endOf, hiddenKnocks, scheduleOf, windowDerivation } from "../../provider/derive/schedule";
import { formatSequence } from "../../provider/policy/text";
import type { Calendar } from "../../provider/policy/types";

const VECTORS = JSON.parse(readFileSync(join(__dirname, "vectors.json"), "utf8")) as {
  epoch: number;
  subkey: string;
  sequence: string;
}[];
const VECTOR = VECTORS.at(-1) ?? { epoch: 0, subkey: "", sequence: "" };

const calendar: Calendar = {
  derivation: {
    ...{ version: 1, subkey: VECTOR.subkey, rotateEvery: "30d", keepers: {} },
    ...{ steps: 4, protocols: ["tcp", "udp"], ports: ["20000-60999"], exclude: [] },
  },
  ...{ windowMinutes: 60, days: 3, graceSeconds: 60 },
};

test("an hour's window has the sequence that docs/derivation.md says of its epoch", () => {
  const { days } = scheduleOf(calendar, "2026-11-25");
  const day = days.find(({ date }) => date === "2026-11-25");
  const window = day?.windows.find(({ time }) => time === "13:00");
  expect(window?.number).toBe(VECTOR.epoch);
  expect(formatSequence(window?.sequence ?? [])).toBe(VECTOR.sequence);
});

test.each([15, 60, 1440])(
  "at every time a client computes the sequence of the window, of %i minutes",
  (windowMinutes) => {
    const shown = { ...calendar, windowMinutes };
    for (const { windows } of scheduleOf(shown, "2026-11-25").days) {
      for (const { fromMs, untilMs, sequence } of windows) {
        for (const timeMs of [fromMs + 60_000, untilMs - 60_001])
          expect(sequencesAt(windowDerivation(shown), timeMs)[0]).toEqual(sequence);
      }
    }
  },
);

test("windows follow one another without a gap, from the day before on, for so many days", () => {
  const windows = scheduleOf(calendar, "2026-11-25")
    .days.flatMap((day) => day.windows)
    .sort((a, b) => a.number - b.number);
  expect(windows).toHaveLength(4 * 24);
  expect(new Date((windows[0]?.fromMs ?? 0) + 60_000).toISOString()).toBe("2026-11-24T00:00:00.000Z");
  for (const [index, { number, fromMs }] of windows.slice(1).entries()) {
    const before = windows[index];
    expect(number).toBe((before?.number ?? 0) + 1);
    expect((before?.untilMs ?? 0) - fromMs).toBe(120_000);
  }
  expect((windows.at(-1)?.untilMs ?? 0) - 60_000).toBe(endOf(calendar, "2026-11-25"));
});

test("from one day to the next, one day takes the place of another", () => {
  for (let days = 0; days < 10; days++) {
    const today = Date.parse("2026-12-28") + days * 86_400_000;
    const [before, after] = [today, today + 86_400_000].map((ms) => scheduleOf(calendar, dateAt(ms)).days);
    const changed = after?.filter((day, place) => day.date !== before?.[place]?.date);
    expect(changed?.map(({ date }) => date)).toEqual([dateAt(today + 3 * 86_400_000)]);
  }
});

describe("knocks that would never count", () => {
  const of = (door: number, more = {}) =>
    hiddenKnocks({ calendar: { ...calendar, ...more }, door: [{ protocol: "tcp", ports: [door] }] });

  test("a door's port among those that may be drawn is refused, and no other", () => {
    expect(of(30_000).map(({ property }) => property)).toEqual(["calendar.derivation"]);
    expect(of(22)).toEqual([]);
    // Never drawn, since scanners try it first.
    expect(of(27_017)).toEqual([]);
    const derivation = { ...calendar.derivation, exclude: [30_000] };
    expect(of(30_000, { derivation })).toEqual([]);
  });

  test("so are ignored pings, where pings are drawn", () => {
    const pings = (protocols: ("tcp" | "icmp")[]) =>
      hiddenKnocks({
        calendar: { ...calendar, derivation: { ...calendar.derivation, protocols } },
        ignore: [{ protocol: "icmp" }],
      });
    expect(pings(["tcp", "icmp"])).toHaveLength(1);
    expect(pings(["tcp"])).toEqual([]);
  });
});
