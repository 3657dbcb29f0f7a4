import type { Policy } from "../policy/types";
import type { Finding } from "./finding";
import { isCommon } from "./ports";

/** Steps that scanners and programs send anyway: they are guessed first, and reset the sequences of honest sources. */
export function commonSteps({ sequence = [] }: Policy): Finding[] {
  return sequence.flatMap((step, index): Finding[] =>
    isCommon(step)
      ? [
          {
            code: "common-step",
            severity: "warning",
            reason:
              step.protocol === "icmp"
                ? "ping and scanners send this size by default"
                : `something commonly listens on this ${step.protocol.toUpperCase()} port, and scanners try it first`,
            remedy:
              step.protocol === "icmp"
                ? "choose a size that no program sends by default"
                : "choose a port that is not well known",
            path: `sequence[${index}]`,
          },
        ]
      : [],
  );
}
