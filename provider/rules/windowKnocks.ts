import { placeIn } from "../policy/sameStep";
import type { Policy, Sequence, Step } from "../policy/types";
import { onAttempt } from "./automaton";
import type { Chain, List, Rule, Slot, Verdict } from "./ir";
import { sharedList } from "./services";

const RETURN: Verdict = { kind: "return" };

/**
 * The automaton once more, asked the other way round: for a packet that is known to be a certain knock of its window's
 * sequence, or none, what becomes of its source, by the stage that this is in. So all windows can share it.
 */
export function windowKnockRules(policy: Policy, sequence: Sequence, slot: Slot): Rule[] {
  return [
    ...sequence.flatMap((step, index) =>
      placeIn(sequence, step) === index + 1 ? knockRules(policy, sequence, slot, index + 1, step) : [],
    ),
    ...knockRules(policy, sequence, slot, 0, undefined),
  ];
}

export function windowKnockLists(sequence: Sequence, slot: Slot): List[] {
  return stagesOf(sequence)
    .toReversed()
    .map((stage) => ({ kind: "stage", stage, ...slot }));
}

/** Highest stage first, as the automaton of a single sequence asks. */
function stagesOf(sequence: Sequence): number[] {
  return sequence.slice(1).map((_, index) => sequence.length - 1 - index);
}

function knockRules(
  policy: Policy,
  sequence: Sequence,
  slot: Slot,
  knock: number,
  step: Step | undefined,
): Rule[] {
  const chain: Chain = { kind: "heard", knock, ...slot };
  const listOf = (stage: number): List =>
    stage === sequence.length ? sharedList(policy, "grant") : { kind: "stage", stage, ...slot };
  const toward = (stage: number) => (stage === 0 ? {} : { to: listOf(stage) });
  const after = (stage: number) =>
    step === undefined ? ({ kind: "stage", stage: 0 } as const) : onAttempt(sequence, stage, step);
  const known = stagesOf(sequence).map((stage): Rule => {
    const list = listOf(stage);
    const effect = after(stage);
    const move = effect.kind === "neutral" ? {} : { move: { from: list, ...toward(effect.stage) } };
    const isThere = { kind: "in", list, seconds: policy.stepTimeoutSeconds } as const;
    return { chain, tests: [isThere], ...move, verdict: RETURN };
  });
  const first = after(0);
  return first.kind === "stage" && first.stage > 0
    ? [...known, { chain, tests: [], move: toward(first.stage), verdict: RETURN }]
    : known;
}
