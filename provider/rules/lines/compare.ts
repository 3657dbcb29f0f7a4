import { FAMILIES } from "../../policy/networks";
import type { Family } from "../../policy/types";
import { groupBy } from "../../util/groupBy";
import { memoizeByObject } from "../../util/memoizeByObject";
import { commonInGroups } from "../../util/subsequence";
import type { Comparison, Observed } from "../backend";
import { dateOf } from "../calendarRules";
import { hostChains, isShared } from "../dispatcher";
import type { DoorSecrets } from "../doorSecrets";
import { ruleIn } from "../families";
import type { Identity, Ruleset } from "../ir";
import { comparisonOf, type Side } from "./marked";
import { type Line, linesOf, redactForeign, redactRule } from "./redact";
import { scrubberOf } from "./scrub";
import type { MergedSyntax } from "./syntax";

/** Compares parsed rules, never text: a firewall lists rules in a normal form of its own. */
export function compare(
  syntax: MergedSyntax,
  asked: Ruleset,
  secrets: DoorSecrets,
  observed: Observed,
): Comparison {
  const ruleset = syntax.lower(asked);
  const own = linesOf(syntax, ruleset, secrets);
  const sides = FAMILIES.flatMap((family) =>
    observed[family] === undefined
      ? []
      : [compareFamily(syntax, asked, own, secrets, family, observed[family])],
  );
  const lines = [...hostChains(ruleset).map(syntax.renderJump), ...own.map(({ text }) => text)];
  return comparisonOf(lines, sides);
}

/** A line that a family should have; with the places of the redacted lines that it stands for. */
interface Wanted {
  readonly text: string;
  readonly indexes: readonly number[];
}

function compareFamily(
  syntax: MergedSyntax,
  ruleset: Ruleset,
  own: readonly Line[],
  secrets: DoorSecrets,
  family: Family,
  lines: readonly string[],
): Side {
  const { chainIn, isDeclaration, parseRule, renderRule } = syntax;
  const { identity } = ruleset;
  const wanted = wantedIn(syntax, ruleset, own, family, lines);
  const wantedChains = new Set(wanted.map(({ text }) => chainIn(text)));
  const wantedTexts = new Set(wanted.map(({ text }) => text));
  const held = linesFor(syntax, lines, identity.id, wantedChains)
    .filter((line) => !(isDeclaration(line) && wantedChains.has(chainIn(line))))
    .map((line): Found => {
      // About half of the lines stand as they were given, and parsing is a third of what a comparison costs.
      if (wantedTexts.has(line)) return { text: line, line };
      const rule = parseRule(line, identity, family);
      return { text: rule ? renderRule(rule, identity, family) : line, line };
    });
  const textOf = ({ text }: Wanted | Found) => text;
  const pairs = commonInGroups(wanted.map(textOf), held.map(textOf), chainIn);
  const found = new Set(pairs.map(([index]) => index));
  const expected = new Set(pairs.map(([, index]) => index));
  const missing = wanted.filter((_, index) => !found.has(index));
  const extra = held.filter((_, index) => !expected.has(index));
  return {
    family,
    isPresent: held.some(({ text }) => syntax.doorOfChain(chainIn(text)) === identity.id),
    wanted: new Set(wanted.flatMap(({ indexes }) => indexes)),
    missing: new Set(missing.flatMap(({ indexes }) => indexes)),
    extras: extra.length,
    shown: new Set(redactExtra(syntax, extra, identity, secrets, family)),
  };
}

/** A line that a host holds, and the text in which it is compared: that of the rule that it is, if the compiler makes such ones. */
interface Found {
  readonly text: string;
  readonly line: string;
}

/** How many differing rules are shown. They are kept in the state, and each is searched for every secret. */
export const SHOWN_RULES = 500;

/** The rules of a calendar's day are counted: a calendar of another time has thousands. So are rules beyond SHOWN_RULES. */
function redactExtra(
  syntax: MergedSyntax,
  extra: readonly Found[],
  identity: Identity,
  secrets: DoorSecrets,
  family: Family,
): string[] {
  if (extra.length === 0) return [];
  const parsed = extra.map(({ text, line }) => ({ text, rule: syntax.parseRule(line, identity, family) }));
  const byDate = groupBy(parsed, ({ rule }) => rule && dateOf(rule));
  const others = byDate.get(undefined) ?? [];
  const hide = scrubberOf(syntax, secrets);
  const days = [...byDate].flatMap(([date, rules]) =>
    date === undefined ? [] : [`calendar ${date}: ${rules.length} rules`],
  );
  const rest = Math.max(0, others.length - SHOWN_RULES) + Math.max(0, days.length - SHOWN_RULES);
  return [
    ...others
      .slice(0, SHOWN_RULES)
      .map(({ rule, text }) =>
        rule
          ? redactRule(syntax, rule, identity, secrets, family)
          : redactForeign(syntax, text, identity, hide),
      )
      // Outside of the chains that ask for knocks, a port is shown even where it is a knock's.
      .map(hide),
    ...days.slice(0, SHOWN_RULES),
    ...(rest > 0 ? [`${rest} more rules`] : []),
  ];
}

/**
 * All doors of a host share the chains by which packets come to them, so what has to stand there depends on the others as
 * well. A redacted line stands for those that serve this door.
 */
function wantedIn(
  { renderJump, renderRule, beside, keyOf }: MergedSyntax,
  ruleset: Ruleset,
  own: readonly Line[],
  family: Family,
  lines: readonly string[],
): Wanted[] {
  const { identity, families } = ruleset;
  if (!families.includes(family)) return [];
  const jumps = hostChains(ruleset).map(renderJump);
  const rules = own.flatMap((line, index) =>
    line.rules.map((rule) => ({ rule, index: jumps.length + index })),
  );
  const shared = groupBy(
    rules.filter(({ rule }) => isShared(rule.chain)),
    ({ rule }) => keyOf(rule),
  );
  return [
    ...jumps.map((text, index) => ({ text, indexes: [index] })),
    ...beside(ruleset, lines, family).map(({ rule, key }) => ({
      text: renderRule(rule, identity, family),
      indexes: key === undefined ? [] : (shared.get(key) ?? []).map(({ index }) => index),
    })),
    ...rules.flatMap(({ rule, index }): Wanted[] => {
      const inFamily = isShared(rule.chain) ? undefined : ruleIn(rule, family);
      return inFamily ? [{ text: renderRule(inFamily, identity, family), indexes: [index] }] : [];
    }),
  ];
}

/** The places of a table's lines by the door that they are about. A host's lines are read once for all of its doors. */
const placesByDoor = memoizeByObject((syntax: MergedSyntax) =>
  memoizeByObject((lines: readonly string[]) =>
    groupBy(lines.keys(), (place) => syntax.doorIdOf(lines[place] ?? "")),
  ),
);

/**
 * Not the chains of other doors, nor their lines in a shared dispatcher, nor dispatchers that this door does not use.
 */
function linesFor(
  syntax: MergedSyntax,
  lines: readonly string[],
  id: string,
  chains: ReadonlySet<string>,
): string[] {
  const places = placesByDoor(syntax)(lines);
  const shared = (places.get(undefined) ?? []).filter((place) =>
    chains.has(syntax.chainIn(lines[place] ?? "")),
  );
  return [...shared, ...(places.get(id) ?? [])].sort((a, b) => a - b).map((place) => lines[place] ?? "");
}
