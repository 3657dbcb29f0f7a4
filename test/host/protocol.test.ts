import { expect, test } from "vitest";
import {
  type AnsweringScript,
  partsOf,
  protocol,
  type ScriptName,
  taken,
} from "../../provider/host/protocol";
import { hostFile } from "../../provider/host/script";

/** A function of a script's, or what stands outside of all. */
interface Part {
  name: string;
  body: string;
}

function partsIn(text: string): Part[] {
  const code = text.replace(/^\s*#.*$/gm, "").replace(/\s# .*$/gm, "");
  const functions = [...code.matchAll(/^([a-z_]+)\(\) [{(]\n([\s\S]*?)^[})]/gm)];
  return functions.map(([, name = "", body = ""]) => ({ name, body }));
}

/** What it prints becomes a text in the script: each call stands in `$(…)`, or goes into a pipe. */
function isCaptured({ name }: Part, all: readonly Part[]): boolean {
  const code = all.map(({ body }) => body).join("\n");
  const calls = [...code.matchAll(new RegExp(`^.*\\b${name}\\b.*$`, "gm"))].map(([line]) => line);
  return (
    calls.length > 0 &&
    calls.every((line) => new RegExp(`\\$\\((?:[^)]* )?${name}\\b|\\b${name} [^|]*\\| `).test(line))
  );
}

/** The functions that answer for others: how a code and a text become an error. */
const HELPERS = ["fail", "begin", "finish", "each", "lines_of", "fail_untouched", "fail_rolled_back", "warn"];

const WORDS = [
  /\becho '([a-z][^']*)'/g,
  /\becho "([a-z][^"]*)"/g,
  /\becho ([a-z][^\s;|&)]*)/g,
  /\bprintf '([a-z][^']*)'/g,
  // What sed puts before what it found, and awk before its fields.
  /'s\/[^/\n]*\/([a-z]+ )&\/p'/g,
  /'s\/\^\/([a-z]+ )\/'/g,
  /\/([a-z]+) \$?[^/\n]*\\1[^/\n]*\/p"/g,
  /\bs\|[^|\n]*\|([a-z]+ )[^|\n]*\|/g,
  /\bprint "([a-z]+)",/g,
  // A word before each line of a text.
  /\beach ([a-z]+) "/g,
];

/** First words of all lines, and codes of all errors, that the files of a script may answer. */
function answersOf(name: AnsweringScript): { words: string[]; codes: string[] } {
  const parts = partsIn(partsOf(name).map(hostFile).join("\n"));
  const answering = parts.filter((part) => !isCaptured(part, parts) && isCalled(part, parts));
  const codes = answering.flatMap(({ body }) =>
    [...body.matchAll(/\b(?:fail|fail_untouched|fail_rolled_back) ([a-z-]+) /g)].map(([, code = ""]) => code),
  );
  const lines = Object.keys(protocol[name].lines);
  const words = answering
    .filter((part) => !HELPERS.includes(part.name))
    .flatMap(({ body }) => WORDS.flatMap((form) => [...body.matchAll(form)].map(([, text = ""]) => text)))
    .map((text) => lines.find((line) => text === line || text.startsWith(`${line} `)) ?? text);
  const warnings = answering.some(({ body }) => /\bwarn ['"]/.test(body)) ? ["warning"] : [];
  return { words: [...new Set([...words, ...warnings])].sort(), codes: [...new Set(codes)].sort() };
}

/** Reached from `main`, so that this script may run it. */
function isCalled(part: Part, all: readonly Part[]): boolean {
  const reached = new Set(["main"]);
  for (;;) {
    const found = all.filter(
      ({ name }) =>
        !reached.has(name) &&
        all.some((by) => reached.has(by.name) && new RegExp(`\\b${name}\\b`).test(by.body)),
    );
    if (found.length === 0) return reached.has(part.name);
    for (const { name } of found) reached.add(name);
  }
}

test.each(Object.keys(protocol) as AnsweringScript[])(
  "the protocol of %s has what its script prints, and nothing else",
  (name) => {
    const { lines, errors } = protocol[name];
    expect(answersOf(name)).toEqual({ words: Object.keys(lines).sort(), codes: [...errors].sort() });
  },
);

/** What script() itself adds. */
const ADDED = ["NONCE", "LIBRARY"];

/** The variables that a script reads. One that may be missing is read as `${NAME-}`, or was set by the script. */
function readBy(name: ScriptName): { all: string[]; needed: string[] } {
  const shell = partsOf(name).filter((part) => part.endsWith(".sh"));
  const text = shell.map((part) => hostFile(part).replace(/^\s*#.*$/gm, "")).join("\n");
  const parts = partsIn(text);
  const outside = text.replace(/^[a-z_]+\(\) [{(]\n[\s\S]*?^[})]/gm, "");
  const called = parts.filter((part) => isCalled(part, parts)).map(({ body }) => body);
  // NF is awk's.
  const code = [outside, ...called].join("\n").replace(/\$NF\b/g, "");
  const named = [...code.matchAll(/\$\{?#?([A-Z][A-Z0-9_]*)(-?)/g)];
  const counted = [...code.matchAll(/\$\(\([^)]*?\b([A-Z][A-Z0-9_]*)/g)].map(([, variable = ""]) => variable);
  const set = [...code.matchAll(/(?:^|[\s;({&|])([A-Z][A-Z0-9_]*)=/gm)].map(([, variable = ""]) => variable);
  const isForeign = (variable: string) => !variable.endsWith("_AWK") && !ADDED.includes(variable);
  const needed = named.flatMap(([, variable = "", dash]) => (dash === "" ? [variable] : []));
  return {
    all: [...new Set([...named.map(([, variable = ""]) => variable), ...counted])].filter(isForeign),
    needed: [...new Set([...needed, ...counted])].filter((one) => isForeign(one) && !set.includes(one)),
  };
}

test.each(Object.keys(taken) as ScriptName[])(
  "%s takes the variables that it reads, and no others",
  (name) => {
    const { all, needed } = readBy(name);
    const given: readonly string[] = taken[name];
    expect(needed.filter((variable) => !given.includes(variable))).toEqual([]);
    expect(given.filter((variable) => !all.includes(variable))).toEqual([]);
  },
);
