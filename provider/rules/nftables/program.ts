import type { Family } from "../../policy/types";
import { groupBy } from "../../util/groupBy";
import type { DoorSecrets } from "../doorSecrets";
import { ruleIn, rulesIn } from "../families";
import type { Chain, Rule, Ruleset } from "../ir";
import { linesOf, redactRule } from "../lines/redact";
import type { LineSyntax } from "../lines/syntax";
import { tableOf } from "./names";
import { chainLines, hooksOf, setLines, sharedLines } from "./objects";
import { type Entry, entryOf, isOfAllDoors } from "./place";

/** A line that anyone may see, and the lines for which it stands in a family: none, one, or a day of a calendar. */
export interface ProgramLine {
  readonly shown: string;
  readonly textsIn: (family: Family) => readonly string[];
}

/** All that a host has for a door, what doors share included, in an order in which nft can read it. */
export function programOf(syntax: LineSyntax, lowered: Ruleset, secrets: DoorSecrets): ProgramLine[] {
  const { identity, families } = lowered;
  const [shownIn = "ipv4"] = families;
  const fixed = (lines: (family: Family) => readonly string[]): ProgramLine[] => {
    const of = { ipv4: lines("ipv4"), ipv6: lines("ipv6") };
    return of[shownIn].map((shown, index) => ({
      shown,
      textsIn: (family) => of[family].slice(index, index + 1),
    }));
  };
  const textsOf = (rules: readonly Rule[]) => (family: Family) =>
    rules.flatMap((rule) => {
      const inFamily = ruleIn(rule, family);
      return inFamily ? [syntax.renderRule(inFamily, identity, family)] : [];
    });
  const shared = (family: Family) => [
    ...new Set(hooksOf(lowered).flatMap((hook) => sharedLines(hook, family))),
  ];
  const isRule = (line: string) => line.startsWith("add rule ");
  const own = { ...lowered, rules: lowered.rules.filter((rule) => !isOfAllDoors(rule)) };
  return [
    ...fixed((family) => shared(family).filter((line) => !isRule(line))),
    ...fixed((family) => setLines(narrowed(lowered, family), family)),
    ...fixed((family) => chainLines(lowered, family)),
    ...fixed((family) => shared(family).filter(isRule)),
    ...entriesOf(syntax, lowered, secrets, shownIn),
    ...linesOf(syntax, own, secrets)
      // Here the lines that doors share are the same beside others.
      .filter(({ rules }) => rules.length > 0)
      .map(({ text, rules }) => ({ shown: text, textsIn: textsOf(rules) })),
  ];
}

/** Sets in a family are named after the bits of its addresses alone. */
function narrowed(ruleset: Ruleset, family: Family): Ruleset {
  const families = [family];
  return { ...ruleset, families, rules: rulesIn({ ...ruleset, families }, family) };
}

/** The entries that lead to chains of the door which no dispatcher asks. The port of a first knock is secret. */
function entriesOf(
  syntax: LineSyntax,
  { rules, identity }: Ruleset,
  secrets: DoorSecrets,
  shownIn: Family,
): ProgramLine[] {
  const lines = rules.flatMap((rule): ProgramLine[] => {
    const entry = entryOf(rule, identity);
    if (entry === undefined) return [];
    const redacted = entryLine(entry, shownIn, (one) => redactRule(syntax, one, identity, secrets, shownIn));
    return [
      {
        shown: redacted,
        textsIn: (family) => [entryLine(entry, family, (one) => syntax.renderRule(one, identity, family))],
      },
    ];
  });
  const byText = groupBy(lines, ({ textsIn }) => textsIn(shownIn).join());
  return [...byText.values()].flatMap((same) => same.slice(0, 1));
}

/** `write` writes the rule in the door's chain that packets are to come to. */
function entryLine(entry: Entry, family: Family, write: (rule: Rule) => string): string {
  const { chain, test } = entry;
  const text = test ? write({ chain: INPUT, tests: [test], verdict: { kind: "continue" } }).split(" ") : [];
  const written = text.slice(HEAD_WORDS).join(" ");
  if (entry.kind === "rule") return `add rule ${tableOf(family)} ${entry.from} ${written} jump ${chain}`;
  const [, shown] = /^(?:tcp|udp) dport (<[^>]+>)/.exec(written) ?? [];
  return `add element ${tableOf(family)} ${entry.map} { ${shown ?? entry.port} : jump ${chain} }`;
}

const INPUT: Chain = { kind: "dispatcher", of: "INPUT" };
/** `add rule ip portknock CHAIN`. */
const HEAD_WORDS = 5;

/** The lines of a family, each with its place in the program. */
export function linesIn(
  program: readonly ProgramLine[],
  { families }: Ruleset,
  family: Family,
): { readonly text: string; readonly index: number }[] {
  if (!families.includes(family)) return [];
  return program.flatMap(({ textsIn }, index) => textsIn(family).map((text) => ({ text, index })));
}
