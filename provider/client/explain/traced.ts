import { formatStep } from "../../policy/text";
import type { Family } from "../../policy/types";
import type { Backend } from "../../rules/backend";
import { describeRule, describeStep } from "../../rules/describe";
import type { Identity } from "../../rules/ir";
import type { SourcePosition, Traced } from "../../rules/trace/trace";
import { stageName } from "./stages";

/** Three lines for each packet: its outcome, the rule that decides in words, and the rule itself. */
export function tracedText(
  traced: readonly Traced[],
  steps: number,
  identity: Identity,
  family: Family,
  { renderRule }: Backend,
): string {
  const lines = traced.flatMap(({ atSeconds, packet, verdict, before, after, decidedBy }) => [
    [
      `+${Number(atSeconds.toFixed(3))}s`.padEnd(7),
      formatStep(packet).padEnd(10),
      verdict.padEnd(7),
      `${placeName(before, steps)} → ${placeName(after, steps)}`,
    ].join(" "),
    ...(decidedBy
      ? [describeRule(decidedBy, describeStep), renderRule(decidedBy, identity, family)]
      : ["no rule matches"]
    ).map((line) => `        ${line}`),
  ]);
  return `${lines.join("\n")}\n`;
}

/** Where a source is: closed, at a stage, open. */
export function placeName({ stage, isGranted, isDeaf }: SourcePosition, steps: number): string {
  const names = [
    ...(isDeaf ? ["locked out"] : []),
    ...(isGranted ? ["open"] : []),
    ...(stage > 0 || !isGranted ? [stageName(stage, steps)] : []),
  ];
  return names.join(", ");
}
