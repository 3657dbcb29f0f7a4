import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(__dirname, "../../provider");
const files = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

/**
 * Which folders each folder may import, besides itself. `.` is provider/ itself. The linter is about policies, and asks
 * the automaton what they are worth, so it comes after rules/.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  policy: [],
  derive: ["policy"],
  rules: ["policy"],
  "policy/lint": ["policy", "rules"],
  knock: ["policy", "."],
  host: ["policy", "derive", "rules", "knock", "."],
  resource: ["policy", "policy/lint", "derive", "rules", "knock", "host", "."],
  client: ["policy", "policy/lint", "derive", "rules", "knock", "host", "."],
  ".": ["policy", "policy/lint", "derive", "rules", "knock", "resource"],
};

/** Who may import what comes from outside, where that is said. */
const owners: Readonly<Record<string, RegExp>> = {
  zod: /^policy\//,
  ssh2: /^host\/ssh\//,
  "node:child_process": /^process\.ts$/,
  "@pulumi/pulumi": /^resource\//,
  "@pulumi/pulumi/dynamic": /^resource\//,
};

function importsOf(file: string): string[] {
  const source = readFileSync(join(ROOT, file), "utf8");
  return [...source.matchAll(/^(?:import|export)[^;]*? from "([^"]+)";/gms)].map(([, name = ""]) => name);
}

function folderOf(file: string): string {
  if (file.startsWith("policy/lint/")) return "policy/lint";
  return file.includes("/") ? (file.split("/")[0] ?? ".") : ".";
}

/** What is wrong with an import. */
function objection(file: string, name: string): string | undefined {
  if (name.startsWith(".")) {
    const target = folderOf(relative(ROOT, join(ROOT, dirname(file), name)));
    const known = [folderOf(file), ...(allowed[folderOf(file)] ?? [])];
    return known.includes(target) ? undefined : `${file} → ${name}`;
  }
  if (name.startsWith("node:") && !(name in owners)) return undefined;
  return owners[name]?.test(file) ? undefined : `${file} → ${name}`;
}

test.each(files)("%s imports only what lies before it in the pipeline", (file) => {
  expect(importsOf(file).filter((name) => objection(file, name) !== undefined)).toEqual([]);
});

test("imports are found, and what is not allowed is seen", () => {
  expect(files.flatMap(importsOf).length).toBeGreaterThan(files.length);
  expect(objection("rules/ir.ts", "../host/commit")).toBeDefined();
  expect(objection("host/commit.ts", "zod")).toBeDefined();
  expect(objection("host/commit.ts", "../rules/ir")).toBeUndefined();
});

test.each(files)("%s holds one concept", (file) => {
  expect(readFileSync(join(ROOT, file), "utf8").split("\n").length).toBeLessThanOrEqual(250);
});
