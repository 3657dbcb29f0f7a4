import { distinctSteps } from "../policy/sameStep";
import type { Policy, Step } from "../policy/types";
import { onAttempt } from "./automaton";

/** A knock that leads from one number of steps matched to another. The sequence's length is the open door. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly step: Step;
}

/** A door's automaton as a graph: stages 0 (closed) to `stages` (open). All that is no edge leads to 0. */
export interface Diagram {
  readonly stages: number;
  /** One step further. */
  readonly forward: readonly Edge[];
  /** A one-time token opens the door, whatever came before it. */
  readonly hasTokens: boolean;
  /** A wrong knock that is right after all for an earlier stage. */
  readonly back: readonly Edge[];
}

export function diagramOf({ sequence = [], oneTime }: Policy): Diagram {
  const letters = distinctSteps(sequence);
  const edges = sequence.flatMap((_, from) =>
    letters.flatMap((step): Edge[] => {
      const effect = onAttempt(sequence, from, step);
      return effect.kind === "neutral" || effect.stage === 0 ? [] : [{ from, to: effect.stage, step }];
    }),
  );
  return {
    stages: Math.max(sequence.length, 1),
    hasTokens: oneTime !== undefined,
    forward: edges.filter(({ from, to }) => to > from),
    back: edges.filter(({ from, to }) => to <= from),
  };
}
