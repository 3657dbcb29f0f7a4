import { isDeepStrictEqual } from "node:util";
import { describeChain, describeRule } from "../../rules/describe";
import { diagramOf, type Edge } from "../../rules/diagram";
import type { Explained } from "./explained";
import { findingLines } from "./findings";
import { closesAfter, stageName } from "./stages";
import { doorInWords } from "./words";

export function explainText(explained: Explained): string {
  const { findings } = explained;
  const parts: readonly (readonly [string, readonly string[]])[] = [
    ["The door", doorInWords(explained.policy, explained.nameKnock)],
    ["Findings", findings.length === 0 ? ["No findings."] : findingLines(findings)],
    ["Its states", stateLines(explained)],
    ["Its rules", ruleLines(explained)],
  ];
  return parts
    .map(([title, lines]) => [title, ...lines.map((line) => `  ${line}`), ""].join("\n"))
    .join("\n");
}

function stateLines({ policy, labelKnock }: Explained): string[] {
  const { stages, forward, back, hasTokens } = diagramOf(policy);
  const line = ({ from, to, step }: Edge) =>
    `${stageName(from, stages).padEnd(7)} ──${labelKnock(step)}──▶ ${stageName(to, stages)}`;
  return [
    ...[...forward, ...back].map(line),
    ...(hasTokens ? ["any     ──a one-time token──▶ open"] : []),
    ...(forward.length === 0
      ? []
      : [
          `any other knock${stages > 1 ? `, or ${policy.stepTimeoutSeconds} s without the next` : ""}: closed`,
        ]),
    `open    ──${closesAfter(policy)}──▶ closed`,
  ];
}

function ruleLines({ ruleset, lines, nameKnock }: Explained): string[] {
  const isBoth = ruleset.families.length > 1;
  const title = isBoth
    ? ["# These are the rules for IPv4. The table for IPv6 has the same rules with lists of its own.", ""]
    : [];
  const rules = ruleset.rules.flatMap((rule, index) => {
    const isFirst = index === 0 || !isDeepStrictEqual(ruleset.rules[index - 1]?.chain, rule.chain);
    return [
      ...(isFirst ? [...(index === 0 ? [] : [""]), `# ${describeChain(rule.chain)}.`] : []),
      `#   ${describeRule(rule, nameKnock)}`,
      lines[index] ?? "",
    ];
  });
  return [...title, ...rules];
}
