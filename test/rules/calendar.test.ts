import { expect, test } from "vitest";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { scheduleFrom } from "./schedule";
import { expectCalendarTraced, knock, policy } from "./tracedCalendar";

test("the rules, traced, do what the automaton says, around every edge of a calendar", () =>
  expectCalendarTraced(300));

test("windows whose sequences repeat their knocks in different places are refused", () => {
  const sequences = [
    [knock(1), knock(2), knock(1)],
    [knock(1), knock(2), knock(3)],
  ];
  const schedule = scheduleFrom(0, 60_000, 0, [sequences]);
  expect(() => compile(policy, identify("calendar", "h1"), { schedule })).toThrow(RangeError);
});
