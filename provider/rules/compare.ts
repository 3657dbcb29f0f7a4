import type { Family, Sequence } from "../policy/types";
import type { Ruleset } from "./ir";
import { chainName, chainOf } from "./names";
import { parseRule } from "./recent/parse";
import { JUMP, renderRule } from "./recent/render";
import { redactedLines, redactForeign, redactRule, scrubKnocks } from "./redact";
import { commonSubsequence } from "./subsequence";

/**
 * The owned rules of a host, as iptables-save wrote them: the `-A` lines of the dispatcher and of every door, their
 * chains as `:<name>`, and each jump from INPUT as `-I INPUT <its place> …`. A family is missing where the host has no
 * tables for it.
 */
export type Observed = { readonly [F in Family]?: readonly string[] };

/** How the host's rules differ from a ruleset. */
export interface Comparison {
  /** The host has a rule in at least one chain of the door. */
  readonly isPresent: boolean;
  readonly isEqual: boolean;
  /**
   * The ruleset's redacted lines, each in its place, so that a diff of the list shows the difference rule by rule:
   * what the host lacks is marked `missing: `; what it has besides follows, marked `unexpected: `.
   */
  readonly lines: readonly string[];
}

/** Compares parsed rules, never text: iptables-save has a normal form of its own. */
export function compare(ruleset: Ruleset, sequence: Sequence, observed: Observed): Comparison {
  const sides = (["ipv4", "ipv6"] as const).flatMap((family) =>
    observed[family] === undefined ? [] : [compareFamily(ruleset, sequence, family, observed[family])],
  );
  const mark = (word: string, marked: readonly Side[], line: string): string => {
    if (marked.length === 0) return line;
    const where = marked.length === sides.length ? "" : ` (${marked.map(({ family }) => family).join()})`;
    return `${word}${where}: ${line}`;
  };
  const wanted = redactedLines(ruleset, sequence).map((line, index) =>
    mark(
      "missing",
      sides.filter(({ found }) => !found.has(index)),
      line,
    ),
  );
  const extra = [...new Set(sides.flatMap((side) => side.extra))].map((line) =>
    mark(
      "unexpected",
      sides.filter((side) => side.extra.includes(line)),
      line,
    ),
  );
  return {
    isPresent: sides.some((side) => side.isPresent),
    isEqual: sides.every(({ found, extra }) => found.size === wanted.length && extra.length === 0),
    lines: [...wanted, ...extra],
  };
}

interface Side {
  readonly family: Family;
  readonly isPresent: boolean;
  /** Indexes of the wanted lines that the host has, in their order. */
  readonly found: ReadonlySet<number>;
  /** Redacted lines that the host has besides. */
  readonly extra: readonly string[];
}

function compareFamily(ruleset: Ruleset, sequence: Sequence, family: Family, lines: readonly string[]): Side {
  const { identity, rules } = ruleset;
  const wanted = [JUMP, ...rules.map((rule) => renderRule(rule, identity, family))];
  const wantedChains = new Set(wanted.map(chainWord));
  const held = lines
    .filter((line) => concerns(line, identity.id) && !wantedChains.has(line.replace(/^:/, "")))
    .map((line) => {
      const rule = parseRule(line, identity, family);
      return rule
        ? { exact: renderRule(rule, identity, family), redacted: redactRule(rule, identity, sequence) }
        : { exact: line, redacted: redactForeign(line, chainOf(chainWord(line), identity), sequence) };
    });
  const chains = [...new Set([...wantedChains, ...held.map(({ exact }) => chainWord(exact))])];
  held.sort((a, b) => chains.indexOf(chainWord(a.exact)) - chains.indexOf(chainWord(b.exact)));
  const pairs = commonSubsequence(
    wanted,
    held.map(({ exact }) => exact),
  );
  const matched = new Set(pairs.map(([, index]) => index));
  return {
    family,
    isPresent: held.some(({ exact }) => chainWord(exact).startsWith(chainName({ kind: "door" }, identity))),
    found: new Set(pairs.map(([index]) => index)),
    // Outside of the chains that ask for knocks, a port is shown even where it is a knock's.
    extra: held
      .filter((_, index) => !matched.has(index))
      .map(({ redacted }) => scrubKnocks(redacted, sequence)),
  };
}

/** Not the chains of other doors, nor their lines in the shared dispatcher. */
function concerns(line: string, id: string): boolean {
  const [, chain] = /(?:^:|^-A | -[gj] )PK-([0-9a-f]{10})\b/.exec(line) ?? [];
  // An owner's name may look like an id, and stands in the jump's comment: the chain goes first.
  const other = chain ?? /"portknock ([0-9a-f]{10})"/.exec(line)?.[1];
  return other === undefined || other === id;
}

/** The chain of a rule, or the one that a line such as `:PK-0123456789-7` declares. */
function chainWord(line: string): string {
  return line.startsWith(":") ? line.slice(1) : (line.split(" ")[1] ?? "");
}
