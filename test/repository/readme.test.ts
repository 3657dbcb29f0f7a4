import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(__dirname, "../..");
const page = readFileSync(join(root, "docs/how-to/check.md"), "utf8");

test("the trace that the page on checks shows is what the golden case prints", () => {
  const packets = readFileSync(join(root, "test/client/explained/three-protocols.packets"), "utf8").trim();
  const printed = readFileSync(join(root, "test/client/explained/three-protocols.trace"), "utf8");
  expect(page).toContain(`--packets "${packets}"`);
  const shown = [...page.matchAll(/^ {4}(\+[\d.]+s .*)$/gm)].map(([, line]) => line);
  expect(shown).toEqual(printed.split("\n").filter((line) => line.startsWith("+")));
});

test("each promise of SECURITY.md names the tests that hold it, and they are there", () => {
  const text = readFileSync(join(root, "SECURITY.md"), "utf8");
  const promises = text.match(/^- [\s\S]*?(?=\n\n|\n- )/gm) ?? [];
  expect(promises.length).toBeGreaterThan(20);
  for (const promise of promises) expect(promise).toMatch(/— ?\n? *(?:`npm run|test\/|the same)/);
  const scripts = Object.keys(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts);
  for (const [, script] of text.matchAll(/`npm run ([a-z:]+)`/g)) expect(scripts).toContain(script);
  for (const [path] of text.matchAll(/test\/[A-Za-z/]+(?:\.test\.ts)?/g))
    expect(existsSync(join(root, path)), path).toBe(true);
});

const pages = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\0")
  .filter((page) => page !== "" && existsSync(join(root, page)));

test("each decision has its context, its measurement and its consequences, on one page", () => {
  const decisions = pages.filter((page) => page.startsWith("docs/decisions/"));
  expect(decisions.length).toBeGreaterThan(9);
  for (const page of decisions) {
    const text = readFileSync(join(root, page), "utf8");
    expect(text.match(/^#+ .*$/gm)?.slice(1), page).toEqual([
      "## Context",
      "## Decision",
      "## Measurement",
      "## Consequences",
    ]);
    expect(text.split("\n").length, page).toBeLessThan(60);
  }
});
