import { isDeepStrictEqual } from "node:util";
import type { Finding } from "../../policy/lint/finding";
import type { Policy, Step } from "../../policy/types";
import { describeChain, describeRule, type NameKnock } from "../../rules/describe";
import { diagramOf, type Edge } from "../../rules/diagram";
import type { Ruleset } from "../../rules/ir";
import { findingLines } from "./findings";
import { stageName } from "./stages";
import { doorInWords } from "./words";

/** What the parts of an explanation are made of. */
export interface Explained {
  readonly policy: Policy;
  readonly ruleset: Ruleset;
  readonly findings: readonly Finding[];
  /** A knock in a sentence, and in a picture. */
  readonly nameKnock: NameKnock;
  readonly labelKnock: NameKnock;
  /** The rules as lines, one for each rule of the ruleset. */
  readonly lines: readonly string[];
}

export function explainText(explained: Explained): string {
  const { findings } = explained;
  const parts: readonly (readonly [string, readonly string[]])[] = [
    ["The door", doorInWords(explained.policy, explained.nameKnock)],
    ["What it is worth", findings.length === 0 ? ["Nothing to say against it."] : findingLines(findings)],
    ["Its states", stateLines(explained)],
    ["Its rules (IPv4; for IPv6 the same on lists of their own)", ruleLines(explained)],
  ];
  return parts
    .map(([title, lines]) => [title, ...lines.map((line) => `  ${line}`), ""].join("\n"))
    .join("\n");
}

function stateLines({ policy, labelKnock }: Explained): string[] {
  const { stages, forward, back } = diagramOf(policy);
  const line = ({ from, to, step }: Edge) =>
    `${stageName(from, stages).padEnd(7)} ──${labelKnock(step)}──▶ ${stageName(to, stages)}`;
  return [
    ...[...forward, ...back].map(line),
    `any other knock${stages > 1 ? `, or ${policy.stepTimeoutSeconds} s without the next` : ""}: closed`,
    `open    ──after ${policy.openForSeconds} s──▶ closed`,
  ];
}

function ruleLines({ ruleset, lines, nameKnock }: Explained): string[] {
  return ruleset.rules.flatMap((rule, index) => {
    const isFirst = index === 0 || !isDeepStrictEqual(ruleset.rules[index - 1]?.chain, rule.chain);
    return [
      ...(isFirst ? [...(index === 0 ? [] : [""]), `# ${describeChain(rule.chain)}.`] : []),
      `#   ${describeRule(rule, nameKnock)}`,
      lines[index] ?? "",
    ];
  });
}

/** How the steps of a sequence are called: by what they are, or by their place. */
export function placeOf(sequence: readonly Step[]): NameKnock {
  return (step) => `knock ${1 + sequence.findIndex((other) => isDeepStrictEqual(step, other))}`;
}
