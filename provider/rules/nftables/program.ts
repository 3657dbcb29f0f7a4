import type { Family } from "../../policy/types";
import { groupBy } from "../../util/groupBy";
import type { DoorSecrets } from "../doorSecrets";
import { ruleIn, rulesIn } from "../families";
import type { Rule, Ruleset } from "../ir";
import { linesOf, redactRule } from "../lines/redact";
import type { LineSyntax } from "../lines/syntax";
import { chainLines, type Entry, entryLine, entryOf, hooksOf, setLines, sharedLines } from "./objects";
import { distinct } from "./union";

/** A line that anyone may see, and the lines for which it stands in a family: none, one, or a day of a calendar. */
export interface ProgramLine {
  readonly shown: string;
  readonly textsIn: (family: Family) => readonly string[];
}

/** All that a host has for a door, what doors share included, in an order in which nft can read it. */
export function programOf(syntax: LineSyntax, lowered: Ruleset, secrets: DoorSecrets): ProgramLine[] {
  const { identity, families } = lowered;
  const [shownIn = "ipv4"] = families;
  const fixed = (lines: (family: Family) => readonly string[]): ProgramLine[] =>
    lines(shownIn).map((shown, index) => ({
      shown,
      textsIn: (family) => lines(family).slice(index, index + 1),
    }));
  const textsOf = (rules: readonly Rule[]) => (family: Family) =>
    rules.flatMap((rule) => {
      const inFamily = ruleIn(rule, family);
      return inFamily ? [syntax.renderRule(inFamily, identity, family)] : [];
    });
  const shared = (family: Family) => distinct(hooksOf(lowered).flatMap((hook) => sharedLines(hook, family)));
  const isRule = (line: string) => line.startsWith("add rule ");
  const own = { ...lowered, rules: lowered.rules.filter((rule) => !isShared(rule)) };
  return [
    ...fixed((family) => shared(family).filter((line) => !isRule(line))),
    ...fixed((family) => setLines(narrowed(lowered, family), family)),
    ...fixed((family) => chainLines(lowered, family)),
    ...fixed((family) => shared(family).filter(isRule)),
    ...entriesOf(syntax, lowered, secrets, shownIn),
    ...linesOf(syntax, own, secrets).map(({ text, rules }) => ({ shown: text, textsIn: textsOf(rules) })),
  ];
}

/** That established flows leave is a rule of every door, and stands on the host once. */
function isShared({ chain, tests }: Rule): boolean {
  return chain.kind === "dispatcher" && tests.some((test) => test.kind === "flow");
}

/** Sets in a family are named after the bits of its addresses alone. */
function narrowed(ruleset: Ruleset, family: Family): Ruleset {
  const families = [family];
  return { ...ruleset, families, rules: rulesIn({ ...ruleset, families }, family) };
}

/** The entries that lead to the door by the port of a first knock, which is secret. */
function entriesOf(
  syntax: LineSyntax,
  { rules, identity }: Ruleset,
  secrets: DoorSecrets,
  shownIn: Family,
): ProgramLine[] {
  const byEntry = groupBy(
    rules.flatMap((rule) => {
      const entry = entryOf(rule, identity);
      return entry ? [{ rule, entry }] : [];
    }),
    ({ entry }) => `${entry.map} ${entry.port}`,
  );
  return [...byEntry.values()].flatMap((same) =>
    same.slice(0, 1).map(({ rule, entry }): ProgramLine => {
      return {
        shown: entryLine(entry, shownKey(syntax, rule, entry, secrets, shownIn), shownIn),
        textsIn: (family) => [entryLine(entry, String(entry.port), family)],
      };
    }),
  );
}

/** The word by which the redacted rule shows what has the port. */
function shownKey(
  syntax: LineSyntax,
  rule: Rule,
  { port }: Entry,
  secrets: DoorSecrets,
  family: Family,
): string {
  const redacted = redactRule(syntax, rule, { id: "", owner: "" }, secrets, family);
  return /<[^>]*>/.exec(redacted)?.[0] ?? String(port);
}

/** The lines of a family, each with its place in the program. */
export function linesIn(
  program: readonly ProgramLine[],
  { families }: Ruleset,
  family: Family,
): { readonly text: string; readonly index: number }[] {
  if (!families.includes(family)) return [];
  return program.flatMap(({ textsIn }, index) => textsIn(family).map((text) => ({ text, index })));
}
