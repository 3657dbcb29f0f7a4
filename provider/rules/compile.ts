import { isDeepStrictEqual } from "node:util";
import type { Policy, Step } from "../policy/types";
import { onAttempt } from "./automaton";
import { dispatcherRules } from "./dispatcher";
import { doorRules } from "./door";
import type { Chain, Identity, List, Rule, Ruleset, Test, Verdict } from "./ir";
import { isForwarded, sharedList } from "./services";

const RETURN: Verdict = { kind: "return" };
const ATTEMPT: Chain = { kind: "attempt" };
const WRONG: Chain = { kind: "wrong" };

/** Compiles a policy into the rules of one door. Pure: the same policy and identity give the same ruleset. */
export function compile(policy: Policy, identity: Identity): Ruleset {
  const stages = policy.sequence.slice(1).map((_, index) => index + 1);
  return {
    identity,
    families: policy.families,
    rules: [
      ...dispatcherRules(policy, identity),
      ...doorRules(policy),
      ...attemptRules(policy, stages),
      ...stages.flatMap((stage) => stageRules(policy, stage)),
      ...wrongRules(policy),
    ],
    lists: [
      sharedList(policy, "grant"),
      ...stages.map((stage): List => ({ kind: "stage", stage })),
      ...(policy.lockout && policy.lockout.wrongKnocks > 1 ? [sharedList(policy, "wrong")] : []),
      ...(policy.lockout ? [sharedList(policy, "deaf")] : []),
    ],
  };
}

/** Sends a source to its stage, highest first, and lets everyone else try the first step. */
function attemptRules(policy: Policy, stages: readonly number[]): Rule[] {
  const dispatch = stages.toReversed().map(
    (stage): Rule => ({
      chain: ATTEMPT,
      tests: [{ kind: "in", list: { kind: "stage", stage }, seconds: policy.stepTimeoutSeconds }],
      verdict: { kind: "goto", chain: { kind: "stage", stage } },
    }),
  );
  const isOther: Rule[] = policy.lockout ? [{ chain: ATTEMPT, tests: [], verdict: afterWrong(policy) }] : [];
  return [
    ...dispatch,
    ...alphabet(policy).flatMap((step) => moveRules(policy, ATTEMPT, 0, step)),
    ...isOther,
  ];
}

/** The automaton's row for a stage: a rule for each step that does not simply reset, and one that resets. */
function stageRules(policy: Policy, stage: number): Rule[] {
  const chain: Chain = { kind: "stage", stage };
  return [
    ...alphabet(policy).flatMap((step) => moveRules(policy, chain, stage, step)),
    { chain, tests: [], move: { from: { kind: "stage", stage } }, verdict: afterWrong(policy) },
  ];
}

function moveRules(policy: Policy, chain: Chain, stage: number, step: Step): Rule[] {
  const effect = onAttempt(policy.sequence, stage, step);
  const isOriginal = isForwarded(policy) && step.protocol !== "icmp";
  const tests: Test[] = [{ kind: "knock", step, ...(isOriginal && { isOriginal }) }];
  if (effect.kind === "neutral") return [{ chain, tests, verdict: RETURN }];
  if (effect.stage === 0) return [];
  const to: List =
    effect.stage === policy.sequence.length
      ? sharedList(policy, "grant")
      : { kind: "stage", stage: effect.stage };
  const move = stage === 0 ? { to } : { from: { kind: "stage", stage } as const, to };
  return [{ chain, tests, move, verdict: effect.stage === stage + 1 ? RETURN : afterWrong(policy) }];
}

function afterWrong({ lockout }: Policy): Verdict {
  return lockout ? { kind: "goto", chain: WRONG } : RETURN;
}

/** Counts a wrong knock, or makes the source deaf: with as many before it as make the number full. */
function wrongRules(policy: Policy): Rule[] {
  if (policy.lockout === undefined) return [];
  const { wrongKnocks, withinSeconds: seconds } = policy.lockout;
  const [wrong, deaf] = [sharedList(policy, "wrong"), sharedList(policy, "deaf")];
  if (wrongKnocks === 1) return [{ chain: WRONG, tests: [], move: { to: deaf }, verdict: RETURN }];
  return [
    {
      chain: WRONG,
      tests: [{ kind: "in", list: wrong, seconds, hits: wrongKnocks - 1 }],
      move: { from: wrong, to: deaf },
      verdict: RETURN,
    },
    { chain: WRONG, tests: [], move: { to: wrong }, verdict: RETURN },
  ];
}

/** The different steps of a sequence, in the order in which they first occur. */
function alphabet({ sequence }: Policy): Step[] {
  return sequence.filter(
    (step, index) => sequence.findIndex((other) => isDeepStrictEqual(step, other)) === index,
  );
}
