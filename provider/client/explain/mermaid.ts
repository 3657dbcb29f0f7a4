import { diagramOf } from "../../rules/diagram";
import { plainText } from "../../util/plainText";
import type { Explained } from "./explained";
import { closesAfter, stageName } from "./stages";

/** The states as a Mermaid state diagram (mermaid.js.org, stateDiagram-v2). */
export function explainMermaid({ policy, labelKnock }: Explained): string {
  const { stages, forward, back, hasTokens } = diagramOf(policy);
  const name = (stage: number) => (stage === 0 ? "closed" : stage === stages ? "open" : `stage${stage}`);
  const between = Array.from({ length: stages - 1 }, (_, index) => index + 1);
  return [
    "stateDiagram-v2",
    "  [*] --> closed",
    ...between.map((stage) => `  state "${stageName(stage, stages)}" as ${name(stage)}`),
    ...[...forward, ...back].map(
      ({ from, to, step }) => `  ${name(from)} --> ${name(to)}: ${mermaidText(labelKnock(step))}`,
    ),
    ...(hasTokens ? ["  closed --> open: a one-time token"] : []),
    ...between.map(
      (stage) =>
        `  ${name(stage)} --> closed: any other knock, or ${policy.stepTimeoutSeconds} s without the next`,
    ),
    `  open --> closed: ${closesAfter(policy)}`,
    "",
  ].join("\n");
}

/** A text in a diagram. Characters with a meaning in Mermaid become entities (mermaid.js.org, Entity codes). */
function mermaidText(text: string): string {
  return plainText(text).replace(/[^\p{L}\p{N} ,./()-]/gu, (character) => `#${character.codePointAt(0)};`);
}
