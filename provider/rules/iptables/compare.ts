import { isDeepStrictEqual } from "node:util";
import type { Family } from "../../policy/types";
import { groupBy } from "../../util/groupBy";
import { commonInGroups } from "../../util/subsequence";
import { dateOf } from "../calendarRules";
import { hostChains, routeRules } from "../dispatcher";
import type { DoorSecrets } from "../doorSecrets";
import { ruleIn } from "../families";
import type { Identity, Rule, Ruleset } from "../ir";
import { chainName, chainOf } from "./names";
import { parseRule } from "./parse";
import { type Line, linesOf, redactForeign, redactRule, scrubberOf } from "./redact";
import { renderJump, renderRule } from "./render";

/**
 * The owned rules of a host, as iptables-save wrote them: the `-A` lines of the dispatcher and of every door, their
 * chains as `:<name>`, and each jump to a dispatcher as `-I INPUT <its place> …`. A family is missing where the host has no
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
export function compare(ruleset: Ruleset, knocks: DoorSecrets, observed: Observed): Comparison {
  const own = linesOf(ruleset, knocks);
  const sides = (["ipv4", "ipv6"] as const).flatMap((family) =>
    observed[family] === undefined ? [] : [compareFamily(ruleset, own, knocks, family, observed[family])],
  );
  const mark = (word: string, marked: readonly Side[], of: readonly Side[], line: string): string => {
    if (marked.length === 0) return line;
    const where = marked.length === of.length ? "" : ` (${marked.map(({ family }) => family).join()})`;
    return `${word}${where}: ${line}`;
  };
  const texts = (list: (side: Side) => readonly string[]) => [...new Set(sides.flatMap(list))];
  const wanted = [...hostChains(ruleset).map(renderJump), ...own.map(({ text }) => text)].map((line, index) =>
    mark(
      "missing",
      sides.filter(({ missing }) => missing.has(index)),
      sides.filter(({ wanted }) => wanted.has(index)),
      line,
    ),
  );
  const unrouted = texts((side) => side.unrouted).map((line) =>
    mark(
      "missing",
      sides.filter((side) => side.unrouted.includes(line)),
      sides,
      line,
    ),
  );
  const extra = texts((side) => [...side.shown]).map((line) =>
    mark(
      "unexpected",
      sides.filter((side) => side.shown.has(line)),
      sides,
      line,
    ),
  );
  return {
    isPresent: sides.some((side) => side.isPresent),
    isEqual: sides.every(({ missing, extras, unrouted }) => missing.size + extras + unrouted.length === 0),
    lines: [...wanted, ...unrouted, ...extra],
  };
}

interface Side {
  readonly family: Family;
  readonly isPresent: boolean;
  /** Indexes of the lines that this family should have, and of those among them that it has not. */
  readonly wanted: ReadonlySet<number>;
  readonly missing: ReadonlySet<number>;
  /** Ways to the door past the other doors of the host, which it lacks. */
  readonly unrouted: readonly string[];
  /** How many lines the host has besides, and those of them that are shown, redacted. */
  readonly extras: number;
  readonly shown: ReadonlySet<string>;
}

/** A line that a family should have; with its place among the redacted lines, if it has one there. */
interface Wanted {
  readonly text: string;
  readonly index?: number;
}

function compareFamily(
  ruleset: Ruleset,
  own: readonly Line[],
  knocks: DoorSecrets,
  family: Family,
  lines: readonly string[],
): Side {
  const { identity } = ruleset;
  const wanted = wantedIn(ruleset, own, family, lines);
  const wantedChains = new Set(wanted.map(({ text }) => chainWord(text)));
  const held = lines
    .filter((line) => concerns(line, identity.id, wantedChains) && !wantedChains.has(line.replace(/^:/, "")))
    .map((line): Found => {
      const rule = parseRule(line, identity, family);
      return { text: rule ? renderRule(rule, identity, family) : line, rule };
    });
  const textOf = ({ text }: Wanted | Found) => text;
  const pairs = commonInGroups(wanted.map(textOf), held.map(textOf), chainWord);
  const found = new Set(pairs.map(([index]) => index));
  const expected = new Set(pairs.map(([, index]) => index));
  const missing = wanted.filter((_, index) => !found.has(index));
  const extra = held.filter((_, index) => !expected.has(index));
  return {
    family,
    isPresent: held.some(({ text }) => chainWord(text).startsWith(chainName({ kind: "door" }, identity))),
    wanted: new Set(wanted.flatMap(({ index }) => index ?? [])),
    missing: new Set(missing.flatMap(({ index }) => index ?? [])),
    unrouted: missing.flatMap(({ index, text }) => (index === undefined ? [text] : [])),
    extras: extra.length,
    shown: new Set(redactExtra(extra, identity, knocks, family)),
  };
}

/** A line that a host holds, and the rule that it is, if the compiler makes such ones. */
interface Found {
  readonly text: string;
  readonly rule: Rule | undefined;
}

/** Rules that are shown of those that differ. They are kept in the state, and each costs a look for every secret. */
export const SHOWN_RULES = 500;

/** Those of a calendar's day are counted: a calendar of another time has as many as this one. So is what is too much to show. */
function redactExtra(
  extra: readonly Found[],
  identity: Identity,
  knocks: DoorSecrets,
  family: Family,
): string[] {
  const byDate = groupBy(extra, ({ rule }) => rule && dateOf(rule));
  const others = byDate.get(undefined) ?? [];
  const hide = scrubberOf(knocks);
  const days = [...byDate].flatMap(([date, rules]) =>
    date === undefined ? [] : [`calendar ${date}: ${rules.length} rules`],
  );
  const rest = Math.max(0, others.length - SHOWN_RULES) + Math.max(0, days.length - SHOWN_RULES);
  return [
    ...others
      .slice(0, SHOWN_RULES)
      .map(({ rule, text }) =>
        rule
          ? redactRule(rule, identity, knocks, family)
          : redactForeign(text, chainOf(chainWord(text), identity), hide),
      )
      // Outside of the chains that ask for knocks, a port is shown even where it is a knock's.
      .map(hide),
    ...days.slice(0, SHOWN_RULES),
    ...(rest > 0 ? [`${rest} more rules`] : []),
  ];
}

/** A door that is not alone has its ways past the others as well, which the host makes as doors come and go. */
function wantedIn(
  ruleset: Ruleset,
  own: readonly Line[],
  family: Family,
  lines: readonly string[],
): Wanted[] {
  const { identity, families } = ruleset;
  if (!families.includes(family)) return [];
  const jumps = hostChains(ruleset).map(renderJump);
  const isShared = (chain: string) => {
    const isOther = new RegExp(`^-A ${chain} .*-j PK-(?!${identity.id})`);
    return lines.some((line) => isOther.test(line));
  };
  const routes = routeRules(ruleset).filter(({ chain }) => isShared(chainName(chain, identity)));
  return [
    ...jumps.map((text, index) => ({ text, index })),
    ...own.flatMap(({ rules }, line) =>
      rules.flatMap((rule): Wanted[] => {
        const isDispatch = rule.chain.kind === "dispatcher" && rule.verdict.kind === "jump";
        const before = isDispatch ? routes.filter(({ chain }) => isDeepStrictEqual(chain, rule.chain)) : [];
        return [
          ...before.map((route) => ({ text: renderRule(route, identity, family) })),
          ...(ruleIn(rule, family)
            ? [{ text: renderRule(rule, identity, family), index: jumps.length + line }]
            : []),
        ];
      }),
    ),
  ];
}

/**
 * Not the chains of other doors, nor their lines in a shared dispatcher, nor dispatchers that this door does not use.
 */
function concerns(line: string, id: string, chains: ReadonlySet<string>): boolean {
  const door = doorIdOf(line);
  return door === undefined ? chains.has(chainWord(line)) : door === id;
}

/** Whose door an observed line is about; undefined for what all doors share. */
export function doorIdOf(line: string): string | undefined {
  const [, chain] = /(?:^:|^-A | -[gj] )PK-([0-9a-f]{10})\b/.exec(line) ?? [];
  // An owner's name may look like an id, and stands in the jump's comment: the chain goes first.
  return chain ?? /"portknock ([0-9a-f]{10})"/.exec(line)?.[1];
}

/** The chain of a rule, or the one that a line such as `:PK-0123456789-7` declares. */
function chainWord(line: string): string {
  return line.startsWith(":") ? line.slice(1) : (line.split(" ")[1] ?? "");
}
