import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const script = join(__dirname, "../../scripts/summary.mjs");

/** The summary of one group whose only failure has this message, or that has none. */
function summarize(failure?: string): { readonly lines: string[]; readonly status: number | null } {
  const folder = mkdtempSync(join(tmpdir(), "summary-"));
  const failed = { status: "failed", fullName: "a door opens", failureMessages: [failure] };
  const report = {
    startTime: 0,
    numPassedTests: 7,
    numPendingTests: 1,
    testResults: [{ status: "passed", endTime: 2_000, assertionResults: failure ? [failed] : [] }],
  };
  try {
    writeFileSync(join(folder, "unit.json"), JSON.stringify(report));
    const { stdout, status } = spawnSync(process.execPath, [script, "90", join(folder, "unit.json")], {
      encoding: "utf8",
    });
    return { lines: stdout.trimEnd().split("\n"), status };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the last line of a run has the sums, and nothing else", () => {
  expect(summarize()).toEqual({
    lines: ["unit     7 passed in 2 s", "1.5 minutes with the set-up", "7 passed, 0 failed, 1 skipped"],
    status: 0,
  });
  const { lines, status } = summarize("it stays closed");
  expect(lines.at(-1)).toBe("7 passed, 1 failed, 1 skipped");
  expect(lines).toContain("failed: a door opens");
  expect(status).toBe(1);
});

test("a long message is shortened in the middle, and the names of what failed come last", () => {
  const message = Array.from({ length: 500 }, (_, index) => `line ${index}`).join("\n");
  const { lines } = summarize(message);
  expect(lines).toContain("    line 0");
  expect(lines).toContain("    … 460 lines …");
  expect(lines).toContain("    line 499");
  expect(lines.length).toBeLessThan(50);
  expect(lines.at(-3)).toBe("failed: a door opens");
});
