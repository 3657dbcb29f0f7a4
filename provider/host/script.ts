import { readFileSync } from "node:fs";
import { join } from "node:path";
import { quote } from "../quote";

export type ScriptName = "apply" | "confirm" | "abort" | "observe" | "status" | "rollback" | "boot";

/** Shell variables by name. */
export type Variables = Readonly<Record<string, string | number>>;

/** What each consists of beside common.sh: those that store what was confirmed, and those that report. */
const PARTS: Readonly<Record<ScriptName, readonly string[]>> = {
  apply: ["tokens.sh", "apply.sh"],
  confirm: ["persist.sh", "report.sh", "confirm.sh"],
  abort: ["persist.sh", "report.sh", "abort.sh"],
  observe: ["report.sh", "observe.sh"],
  status: ["report.sh", "status.sh"],
  rollback: ["persist.sh", "rollback.sh"],
  boot: ["boot.sh"],
};

/** Lines that are a third of what would travel, and on a slow path a round trip. */
const COMMENTS = /^ *#.*\n/gm;

/**
 * A script for the host: the guard against other shells, variables, the functions that it shares with others, the script
 * itself. Its last line is the only call, so a script cut off on its way does nothing.
 */
export function script(name: ScriptName, variables: Variables): string {
  const assignments = Object.entries(variables).map(([key, value]) => `${key}=${quote(String(value))}\n`);
  const parts = ["common.sh", ...PARTS[name]].map((part) => hostFile(part).replace(COMMENTS, ""));
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
