import { payloadOf } from "../../policy/payload";
import type { Family, Step } from "../../policy/types";
import type { Test } from "../ir";
import { payloadTest, pingTest } from "./u32";

/** How a knock is written into a rule: as it is, or (for people) by its place in the sequence. */
export type WriteKnock = (step: Step) => string | undefined;

/**
 * A ping is told by its size. IPv4: `-m length` is the whole packet, 20 + 8 + payload bytes. IPv6: `-m length` counts
 * the 40 bytes of the header from kernel 6.3 on and not before, so the header's own payload length is read instead.
 */
export function knockWords(
  { step, isOriginal }: Extract<Test, { kind: "knock" }>,
  family: Family,
  shown: string | undefined,
): string[] {
  if (step.protocol !== "icmp") {
    const port = shown ?? String(step.port);
    const isAny = payloadOf(step).length === 0;
    return [
      ...["-p", step.protocol],
      ...(isOriginal ? ["-m", "conntrack", "--ctorigdstport", port] : ["-m", step.protocol, "--dport", port]),
      ...(isAny ? [] : u32(shown ?? `"${payloadTest(payloadOf(step), family)}"`)),
    ];
  }
  return family === "ipv4"
    ? ["-p", "icmp", "-m", "length", "--length", shown ?? String(28 + step.payloadBytes)]
    : ["-p", "ipv6-icmp", ...u32(shown ?? `"${pingTest(step.payloadBytes)}"`)];
}

function u32(test: string): string[] {
  return ["-m", "u32", "--u32", test];
}
