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
 * Reads a sequence written as `tcp/7000,udp/8000,icmp/120`. Only the shape is read here; whether ports and sizes are
 * allowed is for the schema to say.
 * @throws SyntaxError where a step has another shape. It names the step's place, never its text: that is a secret.
 */
export function parseSequence(text: string): Step[] {
  return text.split(",").map((word, index) => {
    const [, protocol, digits] = /^\s*(tcp|udp|icmp)\/(\d+)\s*$/.exec(word) ?? [];
    const value = Number(digits);
    if (protocol === "icmp") return { protocol, payloadBytes: value };
    if (protocol === "tcp" || protocol === "udp") return { protocol, port: value };
    throw new SyntaxError(
      `step ${index + 1} of the sequence is not written as tcp/PORT, udp/PORT or icmp/BYTES`,
    );
  });
}
