import { placeIn } from "../../policy/sameStep";
import type { TokenList } from "../../policy/tokens";
import type { Family } from "../../policy/types";
import { DAY_MS } from "../../policy/utc";
import { groupBy } from "../../util/groupBy";
import { dateOf } from "../calendarRules";
import { hostChains } from "../dispatcher";
import type { DoorSecrets } from "../doorSecrets";
import { familyOf } from "../families";
import type { Chain, Identity, Rule, Ruleset } from "../ir";
import { asksForKnocks } from "../knocks";
import { inReadingOrder } from "./order";
import type { LineSyntax } from "./syntax";

/**
 * The lines that `pulumi preview` shows: one a rule, knocks redacted, as they stand for IPv4. For IPv6 the same rules
 * stand on lists of their own, with ICMPv6 in place of ICMP. A rule for IPv6 alone (about an IPv6 network, or of a door
 * for IPv6 only) is shown as it stands there. A day of a calendar is one line.
 */
export function redactedLines(syntax: LineSyntax, ruleset: Ruleset, secrets: DoorSecrets): string[] {
  const lowered = syntax.lower(ruleset);
  return [
    ...hostChains(ruleset).map(syntax.renderJump),
    ...linesOf(syntax, lowered, secrets).map(({ text }) => text),
  ];
}

/** A line that anyone may see, and the rules that it stands for: one, all of a day of a calendar, or none (a note). */
export interface Line {
  readonly text: string;
  readonly rules: readonly Rule[];
}

/** The lines for the rules of a lowered ruleset. */
export function linesOf(
  syntax: LineSyntax,
  { rules, identity, families }: Ruleset,
  secrets: DoorSecrets,
): Line[] {
  const byDate = groupBy(rules, dateOf);
  const lineOf = (rule: Rule): Line[] => {
    const date = dateOf(rule);
    if (date === undefined) {
      const family = familyOf(rule) ?? families[0];
      return [{ text: redactRule(syntax, rule, identity, secrets, family), rules: [rule] }];
    }
    const ofDay = byDate.get(date) ?? [];
    return ofDay[0] === rule ? [{ text: describeDay(date, ofDay), rules: ofDay }] : [];
  };
  const { shared, own } = inReadingOrder(rules, secrets);
  return [...shared.flatMap(lineOf), { text: MERGE_NOTE, rules: [] }, ...own.flatMap(lineOf)];
}

/** What the controller cannot know: which other doors the host has by then. */
const MERGE_NOTE =
  "(a host merges what all of its doors share: numbers of chains, ports and seconds may differ there)";

/** `calendar 2026-11-25: 24 windows of 4 knocks, 60 s of grace`. */
function describeDay(date: string, rules: readonly Rule[]): string {
  const count = (is: (rule: Rule) => boolean) => rules.filter(is).length;
  const windows = count(({ chain }) => chain.kind === "day");
  const knocks = count(({ tests }) => tests.some(({ kind }) => kind === "knock")) / windows;
  const ends = rules.flatMap(({ chain, tests }) =>
    chain.kind === "calendar" ? tests.filter((test) => test.kind === "between") : [],
  );
  const [graceMs = 0] = ends.map(({ until }) => Date.parse(until) - Date.parse(date) - DAY_MS);
  return `calendar ${date}: ${windows} ${windows === 1 ? "window" : "windows"} of ${knocks} ${knocks === 1 ? "knock" : "knocks"}, ${graceMs / 1000} s of grace`;
}

/**
 * A rule that anyone may see: a knock is shown as its place in the sequence of its chain. After a rotation the rules of
 * the previous sequence therefore look as before. A rule by which the current sequence forgives a knock of the previous
 * one says so.
 */
export function redactRule(
  syntax: LineSyntax,
  rule: Rule,
  identity: Identity,
  { sequence, previous, tokens }: DoorSecrets,
  family: Family = "ipv4",
): string {
  const forgives = rule.tests.some(({ kind }) => kind === "until");
  return syntax.renderRule(rule, identity, family, (secret) => {
    if (secret.kind === "tokenShape") return "<token port>";
    if (secret.kind === "firstPorts") return "<first knocks>";
    if (secret.kind === "token") return placeOfToken(secret.name, tokens);
    const { step } = secret;
    const [now, before] = [placeIn(sequence ?? [], step), placeIn(previous?.sequence ?? [], step)];
    if (forgives && before > 0) return `<previous knock ${before}>`;
    return now + before > 0 ? `<knock ${now || before}>` : "<knock of another sequence>";
  });
}

/** The names of tokens are drawn anew in each preview, so a token is shown by its place, and which one it is there. */
export function placeOfToken(name: string, { tokens }: Pick<TokenList, "tokens"> = { tokens: [] }): string {
  const place = tokens.findIndex((token) => token.name === name);
  const revision = tokens[place]?.revision ?? 1;
  if (place < 0) return "<token of another list>";
  return revision === 1 ? `<token ${place + 1}>` : `<token ${place + 1}, revision ${revision}>`;
}

/**
 * A rule that someone else put into an owned chain. In chains that ask for knocks any number may be a secret (of an older
 * sequence, say), so only the chain is shown. Elsewhere `hide` takes out this door's secrets.
 */
export function redactForeign(
  { chainIn, chainOf, headOf }: LineSyntax,
  line: string,
  identity: Pick<Identity, "id">,
  hide: (text: string) => string,
): string {
  const chain: Chain | undefined = chainOf(chainIn(line), identity);
  return chain && (asksForKnocks(chain) || chain.kind === "part")
    ? `${headOf(line)} <a rule that portknock did not make>`
    : hide(line);
}
