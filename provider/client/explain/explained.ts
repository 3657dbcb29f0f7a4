import { epochAt } from "../../derive/epoch";
import { dateAt, scheduleOf } from "../../derive/schedule";
import { exampleTokens } from "../../derive/tokenDrawing";
import type { Finding } from "../../lint/finding";
import { lint } from "../../lint/lint";
import { placeIn } from "../../policy/sameStep";
import type { Schedule } from "../../policy/schedule";
import type { Policy } from "../../policy/types";
import type { Backend } from "../../rules/backend";
import { compile } from "../../rules/compile";
import { describeStep, type NameKnock } from "../../rules/describe";
import { familyOf } from "../../rules/families";
import { identify } from "../../rules/identity";
import type { Ruleset } from "../../rules/ir";
import { labelStep } from "./label";

/** A policy with everything that the parts of an explanation need. */
export interface Explained {
  readonly policy: Policy;
  readonly ruleset: Ruleset;
  readonly findings: readonly Finding[];
  /** Names a knock in a sentence, and in a picture. */
  readonly nameKnock: NameKnock;
  readonly labelKnock: NameKnock;
  /** The rules as lines, one for each rule of the ruleset. */
  readonly lines: readonly string[];
}

/** Prepares an explanation. `isRedacted` replaces each knock by its place in the sequence. */
export function explained(
  asked: Policy,
  name: string,
  isRedacted: boolean,
  { lower, redactRule, renderRule, listLimit }: Backend,
): Explained {
  const [policy, schedule] = atMoment(asked, Date.now());
  const tokens = policy.oneTime && exampleTokens(policy.oneTime);
  const ruleset = lower(compile(policy, identify(name, ""), { schedule, tokens }));
  const knocks = { ...policy, schedule, tokens };
  const { identity, families } = ruleset;
  const place = placeOf(policy);
  return {
    policy,
    ruleset,
    findings: lint(asked, listLimit),
    nameKnock: isRedacted ? place : describeStep,
    labelKnock: isRedacted ? place : labelStep,
    lines: ruleset.rules.map((rule) => {
      const family = familyOf(rule) ?? families[0] ?? "ipv4";
      return isRedacted ? redactRule(rule, identity, knocks, family) : renderRule(rule, identity, family);
    }),
  };
}

/** Shows a calendar by its present window. */
function atMoment(policy: Policy, timeMs: number): [Policy, Schedule?] {
  if (policy.calendar === undefined) return [policy];
  const { days } = scheduleOf(policy.calendar, dateAt(timeMs));
  const number = epochAt(timeMs, 60 * policy.calendar.windowMinutes);
  const shown = days.flatMap(({ date, windows }) =>
    windows.filter((window) => window.number === number).map((window) => ({ date, window })),
  );
  const [sequence] = shown.map(({ window }) => window.sequence);
  return [
    { ...policy, ...(sequence && { sequence }) },
    { days: shown.map(({ date, window }) => ({ date, windows: [window] })) },
  ];
}

/** Names the steps of a policy by their place, for readers who must not know them. */
function placeOf({ sequence = [], previous }: Policy): NameKnock {
  return (step) => {
    const place = placeIn(sequence, step);
    return place > 0 ? `knock ${place}` : `previous knock ${placeIn(previous?.sequence ?? [], step)}`;
  };
}
