import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { partsOf, type ScriptName } from "../../provider/host/protocol";
import { hostFile, traveling as travelingPart } from "../../provider/host/script";

const SCRIPTS = [
  "apply",
  "confirm",
  "abort",
  "observe",
  "recheck",
  "status",
  "rollback",
  "boot",
] as const satisfies readonly ScriptName[];

/** Variables that the controller sets, by script: commit.ts, held.ts, bypass.ts, status.ts and script.ts. */
const STORED = ["UNIT", "UNIT_AGAIN", "SERVICE"];
const SET: Readonly<Record<ScriptName, readonly string[]>> = {
  apply: [
    ...["NONCE", "TX", "ID", "OWNER", "WANTED", "FRESH", "DOCUMENT4", "DOCUMENT6", "ROLLBACK", "REMOVE"],
    ...["LIBRARY", "BOOT", "ROLLBACK_SECONDS", "PATIENCE_SECONDS", "TIME_SECONDS"],
    ...["BACKEND", "DOCUMENTN", "MARK", "MANAGE_MARK"],
  ],
  confirm: ["NONCE", "TX", "ID", "WANTED", "BACKEND", "REVOKE", "TIME_SECONDS", ...STORED],
  abort: ["NONCE", "TX", "ID", "WANTED", "BACKEND", ...STORED],
  observe: ["NONCE", "ID", "WANTED", "BACKEND"],
  recheck: ["NONCE", "ID"],
  status: ["NONCE"],
  rollback: ["NONCE", "TX", "ID", "ROLLBACK_SECONDS", ...STORED],
  boot: ["NONCE"],
};

/** Bodies of functions by name; one that is written twice has both. */
function functionsIn(text: string): Map<string, string> {
  const code = text.replace(/^\s*#.*$/gm, "");
  const bodies = new Map<string, string>();
  for (const [, name = "", body = ""] of code.matchAll(/^([a-z_0-9]+)\(\) [{(]\n([\s\S]*?)^[})]/gm))
    bodies.set(name, `${bodies.get(name) ?? ""}\n${body}`);
  return bodies;
}

const PLACES = readdirSync(join(__dirname, "../../provider/host/scripts"), {
  recursive: true,
  encoding: "utf8",
});
const SHARED = PLACES.filter((name) => /^(?!remove|openrc|guard).*\.sh$/.test(name));
const ALL = functionsIn(SHARED.map(hostFile).join("\n"));

/** Where a shell looks for a command. Single quotes hold what is for awk and sed, but for what trap runs. */
function calls(body: string, name: string): boolean {
  const shell = body.replace(/'[^']*'/g, "''");
  return new RegExp(
    `(?:^|[;&|({!]|\\$\\(|\\b(?:then|do|if|elif|else|until|while)\\b)[ \\t]*(?:! *)?${name}(?![\\w=:-])`,
    "m",
  ).test(shell);
}

/** The functions that a script may run, by their names. */
function reached(own: ReadonlyMap<string, string>): Set<string> {
  const names = new Set(["main"]);
  for (const name of names)
    for (const other of ALL.keys()) if (calls(own.get(name) ?? "", other)) names.add(other);
  return names;
}

test.each(SCRIPTS)("%s has every function that it calls, and every variable that it reads", (script) => {
  const text = partsOf(script).map(hostFile).join("\n");
  const own = functionsIn(text);
  const names = [...reached(own)];
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !own.has(name))).toEqual([]);
  const traveling = partsOf(script).map(travelingPart).join("\n");
  const assigned = new Set(
    [...traveling.matchAll(/(?:^|[\s;{])([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name),
  );
  // Without a default, which `set -u` asks for.
  const read = names.flatMap((name) =>
    [...(own.get(name) ?? "").matchAll(/\$(?:([A-Z][A-Z0-9_]*)|\{([A-Z][A-Z0-9_]*)[}%#])/g)].map(
      ([, plain, braced]) => plain ?? braced ?? "",
    ),
  );
  // awk's.
  const unset = read.filter((name) => name !== "NF" && !assigned.has(name) && !SET[script].includes(name));
  expect([...new Set(unset)]).toEqual([]);
});

// The latter would stand for both. One that calls the other runs itself then, and each time as a process more.
test.each(SCRIPTS)("%s has no two functions of one name", (script) => {
  const text = partsOf(script).map(hostFile).join("\n");
  const names = [...text.matchAll(/^([a-z_0-9]+)\(\) [{(]$/gm)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name, index) => names.indexOf(name) < index)).toEqual([]);
});
