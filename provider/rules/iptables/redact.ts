import { payloadOf } from "../../policy/payload";
import { placeIn } from "../../policy/sameStep";
import type { Schedule } from "../../policy/schedule";
import type { TokenList } from "../../policy/tokens";
import type { Family, Sequence, Step } from "../../policy/types";
import { DAY_MS } from "../../policy/utc";
import { groupBy } from "../../util/groupBy";
import { dateOf } from "../calendarRules";
import { hostChains } from "../dispatcher";
import type { DoorSecrets } from "../doorSecrets";
import { familyOf } from "../families";
import type { Chain, Identity, Rule, Ruleset } from "../ir";
import { asksForKnocks } from "./names";
import { renderJump, renderRule } from "./render";
/**
 * The lines that `pulumi preview` shows: one a rule, knocks redacted, as they stand in the IPv4 table. The IPv6 table
 * holds the same rules on its own lists, with ICMPv6 in place of ICMP. Rules that are in the IPv6 table alone, about
 * an IPv6 network or of a door for IPv6 only, are shown as they stand there. A day of a calendar is one line.
 */
export function redactedLines(ruleset: Ruleset, knocks: DoorSecrets): string[] {
  return [...hostChains(ruleset).map(renderJump), ...linesOf(ruleset, knocks).map(({ text }) => text)];
}

/** A line that anyone may see, and the rules that it stands for: one, or all of a day of a calendar. */
export interface Line {
  readonly text: string;
  readonly rules: readonly Rule[];
}

/** The lines for the rules of a ruleset. */
export function linesOf({ rules, identity, families }: Ruleset, knocks: DoorSecrets): Line[] {
  const byDate = groupBy(rules, dateOf);
  return rules.flatMap((rule): Line[] => {
    const date = dateOf(rule);
    if (date === undefined) {
      return [{ text: redactRule(rule, identity, knocks, familyOf(rule) ?? families[0]), rules: [rule] }];
    }
    const ofDay = byDate.get(date) ?? [];
    return ofDay[0] === rule ? [{ text: describeDay(date, ofDay), rules: ofDay }] : [];
  });
}

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
 * A rule that anyone may see: a knock stands as its place in its sequence, which is that of the chain. So a rule of the
 * sequence that is replaced looks as before, and only what becomes of it shows. Where the current sequence forgives a knock
 * of the previous one, that is said.
 */
export function redactRule(
  rule: Rule,
  identity: Identity,
  { sequence, previous, tokens }: DoorSecrets,
  family: Family = "ipv4",
): string {
  const forgives = rule.tests.some(({ kind }) => kind === "until");
  return renderRule(rule, identity, family, (secret) => {
    if (secret.kind === "tokenShape") return "<token port>";
    if (secret.kind === "token") return placeOfToken(secret.name, tokens);
    const { step } = secret;
    const [now, before] = [placeIn(sequence ?? [], step), placeIn(previous?.sequence ?? [], step)];
    if (forgives && before > 0) return `<previous knock ${before}>`;
    return now + before > 0 ? `<knock ${now || before}>` : "<knock of another sequence>";
  });
}

/** The names of tokens are drawn anew in each preview, so a token is shown by its place, and which one it is there. */
function placeOfToken(name: string, { tokens }: Pick<TokenList, "tokens"> = { tokens: [] }): string {
  const place = tokens.findIndex((token) => token.name === name);
  const revision = tokens[place]?.revision ?? 1;
  if (place < 0) return "<token of another list>";
  return revision === 1 ? `<token ${place + 1}>` : `<token ${place + 1}, revision ${revision}>`;
}

/**
 * A rule that someone else put into an owned chain. In the chains that ask for knocks any number may be a secret (of
 * an older sequence, say), so nothing but the chain is shown; elsewhere only this door's numbers are hidden.
 */
export function redactForeign(
  line: string,
  chain: Chain | undefined,
  hide: (text: string) => string,
): string {
  return chain && asksForKnocks(chain)
    ? `${line.split(" ", 2).join(" ")} <a rule that portknock did not make>`
    : hide(line);
}

/** Hides what the knocks of a door are told by, in any text. */
export function scrub(text: string, knocks: DoorSecrets): string {
  return scrubberOf(knocks)(text);
}

type Scrubber = (text: string) => string;

/** The same for many texts: what is looked for is worked out once. */
export function scrubberOf({ sequence = [], previous, schedule, tokens }: DoorSecrets): Scrubber {
  return inOrder([
    knockScrubber(sequence, "knock"),
    knockScrubber(previous?.sequence ?? [], "previous knock"),
    ...(schedule ? [windowScrubber(schedule)] : []),
    ...(tokens ? [tokenScrubber(tokens)] : []),
  ]);
}

/** Hides the ports, packet lengths and payloads of a sequence in any text, such as what a tool on the host prints. */
export function scrubKnocks(text: string, sequence: Sequence): string {
  return knockScrubber(sequence, "knock")(text);
}

function inOrder(scrubbers: readonly Scrubber[]): Scrubber {
  return (text) => scrubbers.reduce((scrubbed, scrubber) => scrubber(scrubbed), text);
}

/** Hides what stands for a knock in any window. These are so many that each number is looked up. */
function windowScrubber({ days }: Schedule): Scrubber {
  const numbers = new Set(
    days.flatMap(({ windows }) => windows.flatMap(({ sequence }) => sequence.map(numberOf))),
  );
  const form = new RegExp(`${START}\\d+\\b`, "g");
  return (text) =>
    text.replace(form, (digits) => (numbers.has(Number(digits)) ? "<knock of a window>" : digits));
}

/** The number by which the rules know a knock: its port, or the length of a ping's IPv4 packet. */
function numberOf(step: Step): number {
  return step.protocol === "icmp" ? 28 + step.payloadBytes : step.port;
}

/** Hides the tokens' port, and of each token what follows its name. */
function tokenScrubber({ port, tokens }: TokenList): Scrubber {
  return inOrder([
    hiding([String(port)], "<token port>"),
    ...tokens.flatMap(({ name, secrets }) =>
      (["ipv4", "ipv6"] as const).map((family) =>
        hiding(digitTexts(secrets[family]), placeOfToken(name, { tokens })),
      ),
    ),
  ]);
}

function knockScrubber(sequence: Sequence, name: string): Scrubber {
  return inOrder(
    sequence.map((step, index) => {
      const digits = Buffer.from(payloadOf(step)).toString("hex");
      return hiding([String(numberOf(step)), ...digitTexts(digits)], `<${name} ${index + 1}>`);
    }),
  );
}

function hiding(secrets: readonly string[], shown: string): Scrubber {
  if (secrets.length === 0) return (text) => text;
  const form = new RegExp(`${START}(${secrets.join("|")})\\b`, "gi");
  return (text) => text.replace(form, shown);
}

/** Where a number may begin: at a word's start, or after what stands for a control character (plainText.ts). */
const START = String.raw`(?:\b|(?<=\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|[nrt])))`;

/** A payload's hexadecimal digits, and the numbers by which rules ask for it (u32.ts). */
function digitTexts(digits: string): string[] {
  const words = digits === "" ? [] : [...(digits.match(/.{8}/g) ?? []), digits.slice(-8)];
  return [digits, ...words.map((word) => word.replace(/^0*/, "0x0*"))].filter((text) =>
    /[1-9a-f]/.test(text.replace("0x0*", "")),
  );
}
