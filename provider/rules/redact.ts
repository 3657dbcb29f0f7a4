import { isDeepStrictEqual } from "node:util";
import type { Sequence } from "../policy/types";
import type { Chain, Identity, Rule, Ruleset } from "./ir";
import { JUMP, renderRule } from "./recent/render";

/**
 * The lines that `pulumi preview` shows: one a rule, knocks redacted, as they stand in the IPv4 table. The IPv6 table
 * holds the same rules on its own lists, with ICMPv6 in place of ICMP.
 */
export function redactedLines({ rules, identity }: Ruleset, sequence: Sequence): string[] {
  return [JUMP, ...rules.map((rule) => redactRule(rule, identity, sequence))];
}

/** A rule that anyone may see: a knock stands as its place in the sequence. */
export function redactRule(rule: Rule, identity: Identity, sequence: Sequence): string {
  return renderRule(rule, identity, "ipv4", (step) => {
    const index = sequence.findIndex((other) => isDeepStrictEqual(step, other));
    return index < 0 ? "<knock of another sequence>" : `<knock ${index + 1}>`;
  });
}

/**
 * A rule that someone else put into an owned chain. In the chains that ask for knocks any number may be a secret (of
 * an older sequence, say), so nothing but the chain is shown; elsewhere only this sequence's numbers are hidden.
 */
export function redactForeign(line: string, chain: Chain | undefined, sequence: Sequence): string {
  const isSecret = chain?.kind === "attempt" || chain?.kind === "stage";
  return isSecret
    ? `${line.split(" ", 2).join(" ")} <a rule that portknock did not make>`
    : scrubKnocks(line, sequence);
}

/** Hides the ports and packet lengths of a sequence in any text, such as what a tool on the host prints. */
export function scrubKnocks(text: string, sequence: Sequence): string {
  return sequence.reduce((scrubbed, step, index) => {
    const secret = step.protocol === "icmp" ? 28 + step.payloadBytes : step.port;
    return scrubbed.replace(new RegExp(`\\b${secret}\\b`, "g"), `<knock ${index + 1}>`);
  }, text);
}
