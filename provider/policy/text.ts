import type { Sequence, Step } from "./types";

/** A step as text: `tcp/7000`, `udp/8000`, `icmp/120` (for icmp the ping's payload in bytes). */
export function formatStep(step: Step): string {
  return step.protocol === "icmp" ? `icmp/${step.payloadBytes}` : `${step.protocol}/${step.port}`;
}

/** A sequence as text: its steps, separated by commas. */
export function formatSequence(sequence: Sequence): string {
  return sequence.map(formatStep).join(",");
}

/**
 * Reads a sequence written as `tcp/7000,udp/8000,icmp/120`. Only the shape is read here; whether ports and
 * sizes are allowed is the schema's business. Undefined where a step has another shape.
 */
export function parseSequence(text: string): Step[] | undefined {
  const steps: Step[] = [];
  for (const word of text.split(",")) {
    const [, protocol, digits] = /^\s*(tcp|udp|icmp)\/(\d+)\s*$/.exec(word) ?? [];
    const value = Number(digits);
    if (protocol === "icmp") steps.push({ protocol, payloadBytes: value });
    else if (protocol === "tcp" || protocol === "udp") steps.push({ protocol, port: value });
    else return undefined;
  }
  return steps;
}
