import type { Finding } from "../../lint/finding";

/** Findings for people: a line what it is, a line what to do. */
export function findingLines(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ severity, code, path, reason, remedy }) => [
    `${severity} ${code}, ${path}: ${reason}.`,
    `  What to do: ${remedy}.`,
  ]);
}
