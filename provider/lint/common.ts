import type { Policy } from "../policy/types";
import type { Finding } from "./finding";
import { isCommon } from "./ports";

/** Steps that strangers and programs send anyway: they are guessed first, and spoil the sequences of those who knock. */
export function commonSteps({ sequence = [] }: Policy): Finding[] {
  return sequence.flatMap((step, index): Finding[] =>
    isCommon(step)
      ? [
          {
            code: "common-step",
            severity: "warning",
            reason:
              step.protocol === "icmp"
                ? "a ping of this size is what ping or a scanner sends by itself"
                : `something commonly listens on this ${step.protocol.toUpperCase()} port, and scanners try it first`,
            remedy:
              step.protocol === "icmp"
                ? "take a size that no program has by itself"
                : "take a port that is on no list of well-known ports",
            path: `sequence[${index}]`,
          },
        ]
      : [],
  );
}
