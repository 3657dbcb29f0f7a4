import type { Policy } from "../../policy/types";

/** The name of a stage. A stage is the number of steps that were matched. */
export function stageName(stage: number, steps: number): string {
  if (stage === 0) return "closed";
  return stage === steps ? "open" : `${stage} of ${steps}`;
}

/** When an open door closes again. */
export function closesAfter({ openForSeconds, singleUse, extend }: Policy): string {
  if (singleUse) return `after 1 connection, or ${openForSeconds} s`;
  return extend ? `${openForSeconds} s after the last connection` : `after ${openForSeconds} s`;
}
