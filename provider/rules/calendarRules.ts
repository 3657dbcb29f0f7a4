import { isDeepStrictEqual } from "node:util";
import { placeIn } from "../policy/sameStep";
import type { Day, Schedule, Window } from "../policy/schedule";
import type { Policy, Sequence } from "../policy/types";
import { formatUtc } from "../policy/utc";
import type { Chain, List, Rule, Slot, Test, Verdict } from "./ir";
import { knockTest } from "./knocks";
import { windowKnockLists, windowKnockRules } from "./windowKnocks";

/**
 * Sequences that the clock opens and closes: two tables of contents, of days and of a day's windows, so that a packet asks
 * a few dozen rules and not thousands. What a window knows is which of its knocks a packet is; how far its source has come,
 * all even windows remember in one set of stages and all odd ones in another, since two of a kind are never open at once.
 */

const CALENDAR: Chain = { kind: "calendar" };

/** The rules of a calendar; those of each day follow one another. */
export function calendarRules(policy: Policy, schedule: Schedule): Rule[] {
  const pattern = patternOf(schedule);
  return [
    ...SLOTS.flatMap((slot) => windowKnockRules(policy, pattern, slot)),
    ...schedule.days.flatMap((day) => dayRules(policy, day)),
  ];
}

/** The lists of a calendar. */
export function calendarLists(schedule: Schedule): List[] {
  return SLOTS.flatMap((slot) => windowKnockLists(patternOf(schedule), slot));
}

/** The calendar's day that a rule belongs to; undefined for all that days share. */
export function dateOf({ chain, verdict }: Rule): string | undefined {
  if (chain.kind === "day" || chain.kind === "window") return chain.date;
  if (chain.kind !== "calendar" || verdict.kind !== "jump") return undefined;
  return verdict.chain.kind === "day" ? verdict.chain.date : undefined;
}

const EVEN: Slot = {};
const ODD: Slot = { slot: "b" };
const SLOTS: readonly Slot[] = [EVEN, ODD];

/** A jump and no goto, since at its ends a day overlaps its neighbours, as a window does. */
function dayRules(policy: Policy, { date, windows }: Day): Rule[] {
  const day: Chain = { kind: "day", date };
  const of = (time: string): Chain => ({ kind: "window", date, time });
  return [
    { chain: CALENDAR, tests: [spanOf(windows)], verdict: { kind: "jump", chain: day } },
    ...windows.map(
      (window): Rule => ({
        chain: day,
        tests: [spanOf([window])],
        verdict: { kind: "jump", chain: of(window.time) },
      }),
    ),
    ...windows.flatMap((window) => windowRules(policy, of(window.time), window)),
  ];
}

/** Which of the window's knocks a packet is, or none of them. */
function windowRules(policy: Policy, chain: Chain, { number, sequence }: Window): Rule[] {
  const slot = number % 2 === 0 ? EVEN : ODD;
  const hear = (knock: number): Verdict => ({ kind: "goto", chain: { kind: "heard", knock, ...slot } });
  const places = placesOf(sequence);
  return [
    ...sequence.flatMap((step, index): Rule[] =>
      places[index] === index + 1
        ? [{ chain, tests: [knockTest(policy, step)], verdict: hear(index + 1) }]
        : [],
    ),
    // With a single step there is no stage that a wrong knock could take away.
    ...(sequence.length > 1 ? [{ chain, tests: [], verdict: hear(0) }] : []),
  ];
}

function spanOf(windows: readonly Window[]): Test {
  const from = formatUtc(Math.min(...windows.map(({ fromMs }) => fromMs)));
  return { kind: "between", from, until: formatUtc(Math.max(...windows.map(({ untilMs }) => untilMs))) };
}

/**
 * A sequence that stands for all windows' where it matters only which knocks are equal. A derived one repeats none.
 * @throws RangeError where the windows' sequences do not repeat their knocks in the same places.
 */
function patternOf({ days }: Schedule): Sequence {
  const [first = [], ...others] = days.flatMap(({ windows }) => windows.map(({ sequence }) => sequence));
  const places = placesOf(first);
  if (others.every((other) => isDeepStrictEqual(placesOf(other), places))) return first;
  throw new RangeError("the windows' sequences repeat their knocks in different places");
}

/** For each step the place, counted from 1, at which it first occurs. */
function placesOf(sequence: Sequence): number[] {
  return sequence.map((step) => placeIn(sequence, step));
}
