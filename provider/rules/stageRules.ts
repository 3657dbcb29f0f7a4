import { isDeepStrictEqual } from "node:util";
import { distinctSteps, sameStep } from "../policy/sameStep";
import type { Policy, Step } from "../policy/types";
import { onAttempt } from "./automaton";
import type { Chain, List, Move, Rule, Test, Verdict } from "./ir";
import { knockTest } from "./knocks";
import { sharedList } from "./services";
import type { Track } from "./tracks";

const RETURN: Verdict = { kind: "return" };

/** A door's automaton for one sequence. `others` are the sequences whose steps are no wrong knocks either. */
export interface Automaton extends Track {
  readonly policy: Policy;
  readonly others: readonly Track[];
  /** Whether a source past its second knock is remembered as one. */
  readonly remembers: boolean;
}

/** The rules of an automaton: which stage a source is in, and what each step does there. */
export function automatonRules(automaton: Automaton): Rule[] {
  return [
    ...attemptRules(automaton),
    ...stagesOf(automaton).flatMap((stage) => stageRules(automaton, stage)),
  ];
}

/** The lists of an automaton. */
export function automatonLists(automaton: Automaton): List[] {
  return stagesOf(automaton).map((stage) => stageList(automaton, stage));
}

function stagesOf({ sequence }: Automaton): number[] {
  return sequence.slice(1).map((_, index) => index + 1);
}

function stageList({ slot }: Automaton, stage: number): List {
  return { kind: "stage", stage, ...slot };
}

/** Sends a source to its stage, highest first, and lets everyone else try the first step. */
function attemptRules(automaton: Automaton): Rule[] {
  const { policy, slot } = automaton;
  const chain: Chain = { kind: "attempt", ...slot };
  const dispatch = stagesOf(automaton)
    .toReversed()
    .map(
      (stage): Rule => ({
        chain,
        tests: [{ kind: "in", list: stageList(automaton, stage), seconds: policy.stepTimeoutSeconds }],
        verdict: { kind: "goto", chain: { kind: "stage", stage, ...slot } },
      }),
    );
  const known = distinctSteps(automaton.sequence).flatMap((step) => moveRules(automaton, chain, 0, step));
  const other: Rule = { chain, tests: [], verdict: RETURN };
  return [...dispatch, ...known, ...(policy.lockout ? wrong(automaton, other, known) : [])];
}

/** The automaton's row for a stage: a rule for each step that does not simply reset, and one that resets. */
function stageRules(automaton: Automaton, stage: number): Rule[] {
  const chain: Chain = { kind: "stage", stage, ...automaton.slot };
  const reset: Rule = { chain, tests: [], move: { from: stageList(automaton, stage) }, verdict: RETURN };
  const known = distinctSteps(automaton.sequence).flatMap((step) => moveRules(automaton, chain, stage, step));
  return [...known, ...wrong(automaton, reset, known)];
}

function moveRules(automaton: Automaton, chain: Chain, stage: number, step: Step): Rule[] {
  const { policy, sequence, remembers } = automaton;
  const effect = onAttempt(sequence, stage, step);
  const tests = [knockTest(policy, step)];
  if (effect.kind === "neutral") return [{ chain, tests, verdict: RETURN }];
  if (effect.stage === 0) return [];
  const to =
    effect.stage === sequence.length ? sharedList(policy, "grant") : stageList(automaton, effect.stage);
  const move: Move = {
    ...(stage > 0 && { from: stageList(automaton, stage) }),
    to,
    ...(remembers && stage === 1 && to.kind === "stage" && to.stage === 2 && { also: { kind: "advanced" } }),
  };
  const rule: Rule = { chain, tests, move, verdict: RETURN };
  return effect.stage === stage + 1 ? [rule] : wrong(automaton, rule);
}

/**
 * A rule of a wrong knock, which counts where wrong ones are counted, unless it is a step of another sequence. `before` are
 * rules that have taken their steps already.
 */
function wrong({ policy, others }: Automaton, rule: Rule, before: readonly Rule[] = []): Rule[] {
  if (policy.lockout === undefined) return [rule];
  const isTaken = (step: Step) =>
    before.some(({ tests }) => isDeepStrictEqual(tests, [knockTest(policy, step)]));
  const forgiven = others.flatMap(({ sequence, gate }) =>
    distinctSteps(sequence).flatMap((step) =>
      isTaken(step)
        ? []
        : both(rule.tests, step).map((common) => ({ ...rule, tests: [knockTest(policy, common), ...gate] })),
    ),
  );
  return [...forgiven, { ...rule, verdict: { kind: "goto", chain: { kind: "wrong" } } }];
}

/** The knock that is both what the tests ask for, if they ask for one, and the step. */
function both(tests: readonly Test[], step: Step): Step[] {
  const asked = tests.find((test) => test.kind === "knock")?.step;
  if (asked === undefined || sameStep(asked, step)) return [step];
  if (asked.protocol !== "udp" || step.protocol !== "udp" || asked.port !== step.port) return [];
  return asked.payload === undefined ? [step] : step.payload === undefined ? [asked] : [];
}
