import type { Finding } from "../../lint/finding";

/** Findings as text: the first line says what is wrong, the second what to do. */
export function findingLines(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ severity, code, path, reason, remedy }) => [
    `${severity} ${code}, ${path}: ${reason}.`,
    `  What to do: ${remedy}.`,
  ]);
}
