/** A stage by its name: how many of the steps were matched. */
export function stageName(stage: number, steps: number): string {
  if (stage === 0) return "closed";
  return stage === steps ? "open" : `${stage} of ${steps}`;
}
