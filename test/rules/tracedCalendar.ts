import fc from "fast-check";
import { expect } from "vitest";
import type { Schedule } from "../../provider/policy/schedule";
import type { Sequence, Step } from "../../provider/policy/types";
import { newcomer, onPacket } from "../../provider/rules/automaton";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { trace } from "../../provider/rules/trace/trace";
import { complete } from "../policy/complete";
import { seed } from "../policy/seed";
import { scheduleFrom } from "./schedule";

const START_SECONDS = Date.parse("2026-11-25T12:00:00Z") / 1000;
const LENGTH = 60;
const TRY: Step = { protocol: "tcp", port: 22 };

export const policy = complete({
  sequence: [{ protocol: "tcp", port: 9 }],
  door: [{ protocol: "tcp", ports: [22] }],
  openForSeconds: 3,
  stepTimeoutSeconds: 5,
});

/** Sequences of one pattern, of few knocks, so that those of different windows have some in common. */
const schedules: fc.Arbitrary<Schedule> = fc
  .tuple(
    fc.constantFrom<readonly number[]>([0], [0, 1, 2], [0, 1, 0, 2], [0, 1, 0, 1, 2], [0, 1, 2, 3, 4]),
    fc.array(fc.shuffledSubarray([1, 2, 3, 4, 5, 6], { minLength: 6 }), { minLength: 5, maxLength: 5 }),
    fc.constantFrom(0, 3, 20),
  )
  .map(([pattern, letters, grace]) => {
    const sequences = letters.map((ports): Sequence => pattern.map((place) => knock(ports[place] ?? 0)));
    const days = [sequences.slice(0, 2), sequences.slice(2, 3), sequences.slice(3)];
    return scheduleFrom(1000 * START_SECONDS, 1000 * LENGTH, 1000 * grace, days);
  });

export function knock(letter: number): Step {
  if (letter === 6) return { protocol: "icmp", payloadBytes: 100 };
  return letter % 2 === 0
    ? { protocol: "udp", port: 7000 + letter }
    : { protocol: "tcp", port: 7000 + letter };
}

/** Around an edge, mostly the knocks of a window next to it; now and then something else, a pause, a try. */
const words = fc.tuple(
  fc.integer({ min: 0, max: 5 }),
  fc.integer({ min: -25, max: 25 }),
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom<"before" | "after">("before", "after") },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 6 }).map(knock) },
      { weight: 1, arbitrary: fc.constant(TRY) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 6 }) },
    ),
    { minLength: 1, maxLength: 20 },
  ),
);

/** Around every edge of a calendar. */
export function expectCalendarTraced(numRuns: number): void {
  const count = { accept: 0, drop: 0, pass: 0, reset: 0 };
  fc.assert(
    fc.property(schedules, words, (schedule, [edge, offset, word]) => {
      const ruleset = compile(policy, identify("calendar", "h1"), { schedule });
      const windows = schedule.days.flatMap((day) => day.windows);
      const places = { before: 0, after: 0 };
      let atSeconds = LENGTH * edge + offset;
      const packets = word.flatMap((item) => {
        if (typeof item === "number") {
          atSeconds += item;
          return [];
        }
        if (typeof item === "object") return [{ packet: item, atSeconds }];
        const { sequence } = windows[item === "before" ? edge - 1 : edge] ?? { sequence: [TRY] };
        const packet = sequence[places[item]++ % sequence.length] ?? TRY;
        return [{ packet, atSeconds }];
      });
      const traced = trace(ruleset, packets, START_SECONDS);
      let state = newcomer;
      for (const [index, { packet, atSeconds }] of packets.entries()) {
        const outcome = onPacket(policy, state, packet, START_SECONDS + atSeconds, "stranger", schedule);
        state = outcome.state;
        expect(traced[index]?.verdict).toBe(outcome.verdict);
        count[outcome.verdict]++;
      }
    }),
    { seed: seed(), numRuns },
  );
  console.log(JSON.stringify(count));
  expect(Math.min(count.accept, count.drop, count.pass)).toBeGreaterThan(numRuns / 15);
}
