import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Family } from "../policy/types";
import { quote } from "../util/shellQuote";

export type ScriptName =
  | "apply"
  | "confirm"
  | "abort"
  | "observe"
  | "recheck"
  | "status"
  | "rollback"
  | "boot";

/** Shell variables by name. */
export type Variables = Readonly<Record<string, string | number>>;

/** What each consists of beside what all have: those that store what was confirmed, and those that report. */
const PARTS: Readonly<Record<ScriptName, readonly string[]>> = {
  apply: ["lock.sh", "lists.sh", "tokens.sh", "apply.sh"],
  confirm: ["lock.sh", "lists.sh", "persist.sh", "neighbours.sh", "report.sh", "nat.sh", "confirm.sh"],
  abort: ["lock.sh", "lists.sh", "persist.sh", "neighbours.sh", "report.sh", "nat.sh", "abort.sh"],
  observe: ["lists.sh", "neighbours.sh", "report.sh", "nat.sh", "observe.sh"],
  recheck: ["lists.sh", "neighbours.sh", "report.sh", "nat.sh", "recheck.sh"],
  status: ["lists.sh", "neighbours.sh", "report.sh", "nat.sh", "status.sh"],
  rollback: ["lock.sh", "lists.sh", "persist.sh", "rollback.sh"],
  boot: ["lock.sh", "lists.sh", "boot.sh"],
};

/** The files that a script consists of. */
export function partsOf(name: ScriptName): readonly string[] {
  return ["common.sh", "tables.sh", "above.sh", ...PARTS[name]];
}

/** Lines that are a third of what would travel, and on a slow path a round trip. */
const COMMENTS = /^ *#.*\n/gm;

/**
 * A script for the host: the guard against other shells, variables, the functions that it shares with others, the script
 * itself. Its last line is the only call, so a script cut off on its way does nothing.
 */
export function script(name: ScriptName, variables: Variables): string {
  const assignments = Object.entries(variables).map(([key, value]) => `${key}=${quote(String(value))}\n`);
  const parts = partsOf(name).map((part) => hostFile(part).replace(COMMENTS, ""));
  return [guard(), ...assignments, ...parts].join("");
}

/** Ends with this code where a shell of POSIX reads it, and does nothing. */
export function exitScript(code: number): string {
  return `${guard()}exit ${code}\n`;
}

function guard(): string {
  return hostFile("guard.sh").replace(COMMENTS, "");
}

/** A file from scripts/ as it stands. */
export function hostFile(name: string): string {
  return readFileSync(join(__dirname, "scripts", name), "utf8");
}

/** What is stored on the host for its next boot, once a change is confirmed. */
export const BOOT: Variables = {
  BOOT: script("boot", { NONCE: "" }),
  UNIT: hostFile("portknock.service").trimEnd(),
  UNIT_AGAIN: hostFile("portknock-again.service").trimEnd(),
  SERVICE: hostFile("openrc.sh").trimEnd(),
};

/** Families by the numbers that scripts have for them. */
export function digits(families: readonly Family[]): string {
  return families.map((family) => (family === "ipv4" ? 4 : 6)).join(" ");
}
