import { formatPayload, payloadOf } from "./payload";
import type { Sequence, Step } from "./types";

/**
 * A step as text: `tcp/7000`, `udp/8000`, `icmp/120` (for icmp the ping's payload in bytes). A datagram's payload
 * follows in hexadecimal digits, `udp/8000/hex:6f70656e`, so that the text needs no quotes and has no commas.
 */
export function formatStep(step: Step): string {
  if (step.protocol === "icmp") return `icmp/${step.payloadBytes}`;
  const payload = payloadOf(step);
  return `${step.protocol}/${step.port}${payload.length > 0 ? `/${formatPayload(payload)}` : ""}`;
}

/** A sequence as text: its steps, separated by commas. */
export function formatSequence(sequence: Sequence): string {
  return sequence.map(formatStep).join(",");
}

/**
 * Reads a sequence such as `tcp/7000,udp/8000/hex:6f70656e,icmp/120`. It checks the form only; the schema checks ports,
 * digits and sizes.
 * @throws SyntaxError for a step of another form. It names the step's place and not its text, which is secret.
 */
export function parseSequence(text: string): Step[] {
  return text.split(",").map((word, index) => {
    const [, protocol, digits, payload] = /^\s*(tcp|udp|icmp)\/(\d+)(?:\/(hex:\S*))?\s*$/.exec(word) ?? [];
    const value = Number(digits);
    if (protocol === "icmp" && payload === undefined) return { protocol, payloadBytes: value };
    if (protocol === "tcp" && payload === undefined) return { protocol, port: value };
    if (protocol === "udp") return { protocol, port: value, ...(payload !== undefined && { payload }) };
    throw new SyntaxError(
      `step ${index + 1} of the sequence is not written as tcp/PORT, udp/PORT, udp/PORT/hex:DIGITS or icmp/BYTES`,
    );
  });
}
