import { FAMILIES } from "../../policy/networks";
import type { Family } from "../../policy/types";
import { commonInGroups } from "../../util/subsequence";
import type { Comparison, Observed } from "../backend";
import type { DoorSecrets } from "../doorSecrets";
import type { Ruleset } from "../ir";
import { SHOWN_RULES } from "../lines/compare";
import { comparisonOf, type Side } from "../lines/marked";
import { redactForeign, redactRule } from "../lines/redact";
import { scrubberOf } from "../lines/scrub";
import type { LineSyntax } from "../lines/syntax";
import { doorIdOf, doorOfChain, isEntry } from "./line";
import { normalForm } from "./listing";
import { HOOKS } from "./names";
import { sharedLines } from "./objects";
import { linesIn, programOf } from "./program";

/**
 * Compares lines in normal form: objects, entries of maps, and the rules of each chain in their order. What the doors share
 * is part of each of them; what another door has beside, or a hook that this one does not use, is not.
 */
export function compare(
  syntax: LineSyntax,
  asked: Ruleset,
  secrets: DoorSecrets,
  observed: Observed,
): Comparison {
  const ruleset = syntax.lower(asked);
  const program = programOf(syntax, ruleset, secrets);
  const hide = scrubberOf(syntax, secrets);
  const show = (family: Family, line: string) => {
    const rule = syntax.parseRule(line, ruleset.identity, family);
    return hide(
      rule
        ? redactRule(syntax, rule, ruleset.identity, secrets, family)
        : redactForeign(syntax, line, ruleset.identity, hide),
    );
  };
  const sides = FAMILIES.flatMap((family): Side[] => {
    const held = observed[family];
    if (held === undefined) return [];
    const { extra, ...side } = compareFamily(syntax, ruleset, program, family, held);
    const shown = new Set(extra.slice(0, SHOWN_RULES).map((line) => show(family, line)));
    return [{ family, ...side, extras: extra.length, shown }];
  });
  const { lines, ...comparison } = comparisonOf(
    program.map(({ shown }) => shown),
    sides,
  );
  const rest = Math.max(0, ...sides.map(({ extras }) => extras - SHOWN_RULES));
  return { ...comparison, lines: [...lines, ...(rest > 0 ? [`unexpected: ${rest} more lines`] : [])] };
}

/** How a family differs. The lines that it has besides are not hidden yet. */
function compareFamily(
  syntax: LineSyntax,
  ruleset: Ruleset,
  program: ReturnType<typeof programOf>,
  family: Family,
  lines: readonly string[],
): Pick<Side, "isPresent" | "wanted" | "missing"> & { readonly extra: readonly string[] } {
  const { id } = ruleset.identity;
  const wanted = linesIn(program, ruleset, family);
  const texts = wanted.map(({ text }) => text);
  const isWanted = new Set(texts);
  const ofOthers = new Set(
    HOOKS.flatMap((hook) => sharedLines(hook, family)).filter((line) => !isWanted.has(line)),
  );
  const held = lines
    .filter((line) => !isEntry(line))
    .map(normalForm)
    .filter((line) => (doorIdOf(line) ?? id) === id && !ofOthers.has(line));
  const pairs = commonInGroups(texts, held, groupOf);
  const found = new Set(pairs.map(([index]) => index));
  const expected = new Set(pairs.map(([, index]) => index));
  return {
    isPresent: held.some((line) => doorOfChain(syntax.chainIn(line)) === id),
    wanted: new Set(wanted.map(({ index }) => index)),
    missing: new Set(wanted.flatMap(({ index }, place) => (found.has(place) ? [] : [index]))),
    extra: held.filter((_, index) => !expected.has(index)),
  };
}

/** Rules have an order in their chain; all else has none. */
function groupOf(line: string): string {
  return line.startsWith("add rule ") ? line.split(" ", 5).join(" ") : line;
}
