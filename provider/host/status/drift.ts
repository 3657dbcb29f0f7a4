import type { Family } from "../../policy/types";
import type { Observed } from "../../rules/compare";
import type { Identity } from "../../rules/ir";
import { chainOf } from "../../rules/names";
import { parseRule } from "../../rules/recent/parse";
import { renderRule } from "../../rules/recent/render";
import { redactForeign } from "../../rules/redact";
import { commonInGroups } from "../../rules/subsequence";

/**
 * How the rules that a host holds for a door differ from those that it has stored for its next boot: what was confirmed
 * last. Both are texts of the host's own iptables-save. No line shows a knock.
 */
export function driftOf(stored: Observed, held: Observed, identity: Identity): string[] {
  return (["ipv4", "ipv6"] as const).flatMap((family) => {
    const wanted = ofDoor(stored[family] ?? [], identity);
    const found = ofDoor(held[family] ?? [], identity);
    const pairs = commonInGroups(wanted, found, (line) => line.split(" ", 2).join(" "));
    const isWanted = new Set(pairs.map(([, index]) => index));
    const isFound = new Set(pairs.map(([index]) => index));
    const show = (line: string) => `(${family}): ${hideKnocks(line, identity, family)}`;
    return [
      ...wanted.filter((_, index) => !isFound.has(index)).map((line) => `missing ${show(line)}`),
      ...found.filter((_, index) => !isWanted.has(index)).map((line) => `unexpected ${show(line)}`),
    ];
  });
}

/** The door's own chains, its lines in the dispatcher, and the jumps that all doors share. */
function ofDoor(lines: readonly string[], { id }: Identity): string[] {
  return lines.filter((line) => line.includes(id) || /^-I .* PORTKNOCK\S*$/.test(line));
}

function hideKnocks(line: string, identity: Identity, family: Family): string {
  const rule = parseRule(line, identity, family);
  if (rule)
    return renderRule(rule, identity, family, ({ kind }) => (kind === "knock" ? "<knock>" : "<token>"));
  return redactForeign(line, chainOf(line.split(" ")[1] ?? "", identity), {});
}
