import type { ErrorCode } from "../errors";
import type { Family } from "../policy/types";
import { plainText } from "../util/plainText";
import {
  type AnsweringScript,
  type Answers,
  type Persistence,
  protocol,
  type Reading,
  type Refusal,
  type Report,
  type ScriptError,
} from "./protocol";

/** How a script ended, as it says itself. */
export type Answer<Name extends AnsweringScript> =
  | { readonly kind: "answered"; readonly answer: Answers[Name] }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** It has a line that this script never prints. All of it is discarded: another program may have printed it. */
  | { readonly kind: "unreadable"; readonly reason: string }
  /** The begin or end mark is missing: the script did not run to its end. */
  | { readonly kind: "unended" };

/** Reads what a script printed between its marks; login shells and banners print around them. */
export function readAnswer<Name extends AnsweringScript>(
  name: Name,
  stdout: string,
  nonce: string,
): Answer<Name> {
  const lines = stdout.split("\n");
  const start = lines.indexOf(`portknock begin ${nonce}`);
  const end = lines.indexOf(`portknock end ${nonce}`);
  if (start < 0 || end < start) return { kind: "unended" };
  const said = new AnswerLines(lines.slice(start + 1, end).map((line) => plainText(line)));
  for (const [index, line] of said.lines.entries()) {
    if (!said.take(name, line)) {
      // The quotes show where the line ends.
      const shown = JSON.stringify(line.slice(0, 80));
      return { kind: "unreadable", reason: `line ${index + 1} is none that this script has: ${shown}` };
    }
  }
  const answer = readers[name](said);
  if (answer !== undefined) return { kind: "answered", answer };
  if (said.error === undefined || said.has("applied"))
    return { kind: "unreadable", reason: "its lines do not belong together" };
  return { kind: "refused", refusal: { ...said.error, earlier: earlierIn(said), left: leftIn(said) } };
}

/** The values of an answer's lines, by the words that the lines begin with. */
class AnswerLines {
  private readonly values = new Map<string, string[]>();
  error: ScriptError | undefined;

  constructor(readonly lines: readonly string[]) {}

  /** False if the script never prints this line. */
  take(name: AnsweringScript, line: string): boolean {
    const { lines, errors } = protocol[name];
    const [, code, text] = /^error (\S+) (.*)$/.exec(line) ?? [];
    const known = errors.find((one) => one === code);
    if (known !== undefined && text !== undefined && this.error === undefined) {
      this.error = { code: known satisfies ErrorCode, text };
      return true;
    }
    const word = Object.keys(lines).find((words) => line === words || line.startsWith(`${words} `));
    const value = word === undefined ? "" : line.slice(word.length + 1);
    if (word === undefined || !lines[word]?.test(value)) return false;
    const values = this.values.get(word);
    if (values) values.push(value);
    else this.values.set(word, [value]);
    return true;
  }

  has(word: string): boolean {
    return this.values.has(word);
  }

  of(word: string): readonly string[] {
    return this.values.get(word) ?? [];
  }
}

type Readers = { readonly [Name in AnsweringScript]: (said: AnswerLines) => Answers[Name] | undefined };

/** `undefined`: the script did not do its work. */
const readers: Readers = {
  apply: (said) => {
    const [client] = said.of("client");
    return said.has("applied") && client !== undefined && !said.error ? { client } : undefined;
  },
  confirm: (said) => {
    const reading = said.has("confirmed") ? readingIn(said) : undefined;
    return reading && { reading, ...unpersistedIn(said) };
  },
  abort: (said) => {
    const outcomes = (["rolled back", "confirmed", "not pending"] as const).filter((one) => said.has(one));
    const [outcome] = outcomes;
    const reading = outcome !== undefined && outcomes.length === 1 ? readingIn(said) : undefined;
    return reading && outcome && { outcome, reading, causes: said.of("cause"), ...unpersistedIn(said) };
  },
  recheck: (said) =>
    said.error ? undefined : { diversions: said.of("diverted"), isRevoked: !said.has("unrevoked") },
  observe: (said) => (said.error ? undefined : reportIn(said)),
  status: (said) => {
    const report = said.error ? undefined : reportIn(said);
    return report && { ...report, lines: said.lines };
  },
};

function readingIn(said: AnswerLines): Reading | undefined {
  if (said.error) return { kind: "unread", error: said.error };
  const [unread] = said.of("unread");
  if (unread !== undefined) return { kind: "unread", error: { code: "host-unfit", text: unread } };
  const report = reportIn(said);
  return report && { kind: "read", report };
}

/** `undefined`: the answer names no table or no persistence, so the host read nothing. */
function reportIn(said: AnswerLines): Report | undefined {
  const [persistence] = said.of("persistence");
  const families = said.of("family").map(familyOf);
  const rules = byFamily(families, said.of("rule"), (rule) => [rule.slice(0, 1), rule.slice(2)]);
  const unused = byFamily(families, said.of("unused"), (list) => [list.slice(2, 3), list]);
  if (persistence === undefined || families.length === 0 || !rules || !unused) return undefined;
  const warnings = said.of("warning");
  return { observed: rules, persistence: persistence as Persistence, warnings, unused };
}

/** `undefined`: a line belongs to a family without tables on the host. */
function byFamily(
  families: readonly Family[],
  values: readonly string[],
  split: (value: string) => readonly [digit: string, line: string],
): { readonly [F in Family]?: readonly string[] } | undefined {
  const lines: { [F in Family]?: string[] } = {};
  for (const family of families) lines[family] = [];
  for (const value of values) {
    const [digit, line] = split(value);
    const list = lines[familyOf(digit)];
    if (list === undefined) return undefined;
    list.push(line);
  }
  return lines;
}

/** Whether the script printed its begin mark, which it does first. */
export function hasBegun(stdout: string, nonce: string): boolean {
  return stdout.split("\n").includes(`portknock begin ${nonce}`);
}

function familyOf(digit: string): Family {
  return digit === "4" ? "ipv4" : "ipv6";
}

function unpersistedIn(said: AnswerLines): { readonly unpersisted?: string } {
  const [reason] = said.of("unpersisted");
  return reason === undefined ? {} : { unpersisted: reason };
}

function earlierIn(said: AnswerLines): Refusal["earlier"] {
  if (said.has("earlier held")) return "held";
  return said.has("earlier rolled back") ? "rolled back" : "none";
}

function leftIn(said: AnswerLines): Refusal["left"] {
  if (said.has("no timer")) return "no timer";
  return said.has("timer left") ? "timer" : "nothing";
}
