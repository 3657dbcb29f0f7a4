import { payloadOf } from "../policy/payload";
import type { Policy } from "../policy/types";
import type { Finding } from "./finding";

/** Sequences from the best-known pages about port knocking. */
const PUBLISHED: readonly { readonly numbers: readonly number[]; readonly where: string }[] = [
  { numbers: [7000, 8000, 9000], where: "knockd's own configuration" },
  { numbers: [2222, 3333, 4444], where: "knockd(1)" },
  { numbers: [1111, 2222, 3333], where: "DigitalOcean's tutorial" },
  { numbers: [8881, 7777, 9991], where: "the Arch wiki" },
  { numbers: [100, 200, 300, 400], where: "the read-me of CSF" },
  { numbers: [7000, 8000, 120], where: "the read-me of this package" },
];

/** A sequence with the numbers of an example, forward or backward, with any protocols. No example has a payload. */
export function publishedSequence({ sequence = [] }: Policy): Finding[] {
  if (sequence.some((step) => payloadOf(step).length > 0)) return [];
  const numbers = sequence.map((step) => (step.protocol === "icmp" ? step.payloadBytes : step.port));
  return PUBLISHED.filter(({ numbers: printed }) =>
    [printed, printed.toReversed()].some((one) => one.join() === numbers.join()),
  ).map(({ where }) => ({
    code: "published-sequence",
    severity: "error",
    reason: `the sequence is the example of ${where}`,
    remedy: "draw your own numbers with a random generator",
    path: "sequence",
  }));
}
