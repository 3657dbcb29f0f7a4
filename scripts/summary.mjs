// Adds up the JSON reports of several vitest runs. Exit code 1 where a test failed or none ran.
import { readFileSync } from "node:fs";
import { basename } from "node:path";

const total = { passed: 0, failed: 0, skipped: 0 };
for (const file of process.argv.slice(2)) {
  const report = JSON.parse(readFileSync(file, "utf8"));
  const files = report.testResults;
  // A file that fails before its first test has no failed test of its own.
  const brokenFiles = files.filter(
    (one) => one.status === "failed" && one.assertionResults.length === 0,
  ).length;
  const seconds = (Math.max(...files.map((one) => one.endTime)) - report.startTime) / 1000;
  total.passed += report.numPassedTests;
  total.failed += report.numFailedTests + brokenFiles;
  total.skipped += report.numPendingTests;
  console.log(
    `${basename(file, ".json").padEnd(8)} ${report.numPassedTests} passed in ${seconds.toFixed(0)} s`,
  );
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
