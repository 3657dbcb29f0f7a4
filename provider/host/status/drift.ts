import type { Family } from "../../policy/types";
import { type Observed, SHOWN_RULES } from "../../rules/iptables/compare";
import { chainOf } from "../../rules/iptables/names";
import { parseRule } from "../../rules/iptables/parse";
import { redactForeign } from "../../rules/iptables/redact";
import { renderRule } from "../../rules/iptables/render";
import type { Identity } from "../../rules/ir";
import { commonInGroups } from "../../util/subsequence";

/**
 * How the rules that a host holds for a door differ from those that it has stored for its next boot: what was confirmed
 * last. Both are the door's own lines (splitByDoor), of texts of the host's own iptables-save. No line shows a knock.
 */
export function driftOf(stored: Observed, held: Observed, identity: Identity): string[] {
  return (["ipv4", "ipv6"] as const).flatMap((family) => {
    const [wanted, found] = [stored[family] ?? [], held[family] ?? []];
    const pairs = commonInGroups(wanted, found, (line) => line.split(" ", 2).join(" "));
    const isWanted = new Set(pairs.map(([, index]) => index));
    const isFound = new Set(pairs.map(([index]) => index));
    const show = (line: string) => `(${family}): ${hideKnocks(line, identity, family)}`;
    return [
      ...shown(
        "missing",
        wanted.filter((_, index) => !isFound.has(index)),
        show,
      ),
      ...shown(
        "unexpected",
        found.filter((_, index) => !isWanted.has(index)),
        show,
      ),
    ];
  });
}

/** As many as people read; the rest is counted. */
function shown(what: string, lines: readonly string[], show: (line: string) => string): string[] {
  const rest = lines.length - SHOWN_RULES;
  return [
    ...lines.slice(0, SHOWN_RULES).map((line) => `${what} ${show(line)}`),
    ...(rest > 0 ? [`${what}: ${rest} more rules`] : []),
  ];
}

function hideKnocks(line: string, identity: Identity, family: Family): string {
  const rule = parseRule(line, identity, family);
  if (rule)
    return renderRule(rule, identity, family, ({ kind }) => (kind === "knock" ? "<knock>" : "<token>"));
  return redactForeign(line, chainOf(line.split(" ")[1] ?? "", identity), (text) => text);
}
