import { FAMILIES } from "../../policy/networks";
import type { Family } from "../../policy/types";
import { commonInGroups } from "../../util/subsequence";
import type { Observed } from "../backend";
import type { Identity } from "../ir";
import { SHOWN_RULES } from "./compare";
import { redactForeign } from "./redact";
import type { LineSyntax } from "./syntax";

/**
 * How the rules that a host holds for a door differ from those that it has stored for its next boot, which were confirmed
 * last. Both are lines of this door alone, or of all doors of a dispatcher, in the host's own normal form. No line shows a
 * knock.
 */
export function driftOf(
  syntax: LineSyntax,
  stored: Observed,
  held: Observed,
  identity: Pick<Identity, "id">,
  most = SHOWN_RULES,
): string[] {
  return FAMILIES.flatMap((family) => {
    const [wanted, found] = [stored[family] ?? [], held[family] ?? []];
    const pairs = commonInGroups(wanted, found, syntax.headOf);
    const isWanted = new Set(pairs.map(([, index]) => index));
    const isFound = new Set(pairs.map(([index]) => index));
    const show = (line: string) => `(${family}): ${hideKnocks(syntax, line, identity, family)}`;
    return [
      ...shown(
        "missing",
        wanted.filter((_, index) => !isFound.has(index)),
        show,
        most,
      ),
      ...shown(
        "unexpected",
        found.filter((_, index) => !isWanted.has(index)),
        show,
        most,
      ),
    ];
  });
}

/** As many as people read; the rest is counted. */
function shown(
  what: string,
  lines: readonly string[],
  show: (line: string) => string,
  most: number,
): string[] {
  const rest = lines.length - most;
  return [
    ...lines.slice(0, most).map((line) => `${what} ${show(line)}`),
    ...(rest > 0 ? [`${what}: ${rest} more rules`] : []),
  ];
}

const HIDDEN = {
  knock: "<knock>",
  firstPorts: "<first knocks>",
  tokenShape: "<token>",
  token: "<token>",
} as const;

function hideKnocks(syntax: LineSyntax, line: string, { id }: Pick<Identity, "id">, family: Family): string {
  const identity = { id, owner: "" };
  const rule = syntax.parseRule(line, identity, family);
  if (rule) return syntax.renderRule(rule, identity, family, ({ kind }) => HIDDEN[kind]);
  return syntax.isDeclaration(line) ? line : redactForeign(syntax, line, identity, (text) => text);
}
