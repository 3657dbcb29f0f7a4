// summary.mjs SECONDS REPORT...: adds up the JSON reports of several vitest runs, and prints what failed and the sums at the
// end: a long log is often cut, but not there. So no message is long here, and the names of what failed come last.
// SECONDS is how long all of it took. The last line has the sums alone, since programs look for it.
// Exit code 1 where a test failed or none ran.
import { readFileSync } from "node:fs";
import { basename } from "node:path";

const total = { passed: 0, skipped: 0 };
const failures = [];
const [, , seconds, ...files] = process.argv;
for (const file of files) {
  const report = JSON.parse(readFileSync(file, "utf8"));
  const results = report.testResults;
  for (const one of results) {
    const failed = one.assertionResults.filter((test) => test.status === "failed");
    // A file that fails outside of its tests, before the first or after the last, has no failed test of its own.
    if (one.status === "failed" && failed.length === 0) {
      failed.push({ fullName: one.name, failureMessages: [one.message] });
    }
    failures.push(...failed);
  }
  const took = (Math.max(...results.map((one) => one.endTime)) - report.startTime) / 1000;
  total.passed += report.numPassedTests;
  total.skipped += report.numPendingTests;
  console.log(`${basename(file, ".json").padEnd(8)} ${report.numPassedTests} passed in ${took.toFixed(0)} s`);
}
for (const { fullName, failureMessages } of failures) {
  console.log(`${fullName}\n${clipped(failureMessages.join("\n")).replace(/^/gm, "    ")}`);
}
for (const { fullName } of failures) console.log(`failed: ${fullName}`);
console.log(`${(seconds / 60).toFixed(1)} minutes with the set-up`);
console.log(`${total.passed} passed, ${failures.length} failed, ${total.skipped} skipped`);
process.exitCode = failures.length > 0 || total.passed === 0 ? 1 : 0;

/** The beginning and the end of a text of many lines: what went wrong stands at either. */
function clipped(text) {
  const lines = text.split("\n");
  const [first, last] = [10, 30];
  const left = lines.length - first - last;
  if (left <= 0) return text;
  return [...lines.slice(0, first), `… ${left} lines …`, ...lines.slice(-last)].join("\n");
}
