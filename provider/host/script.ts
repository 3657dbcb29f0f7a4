import { readFileSync } from "node:fs";
import { join } from "node:path";
import { quote } from "../quote";

export type ScriptName = "apply" | "confirm" | "abort" | "observe" | "rollback" | "boot";

/** Shell variables by name. */
export type Variables = Readonly<Record<string, string | number>>;

/** Those that may have to store what was confirmed. */
const PERSISTING: readonly ScriptName[] = ["confirm", "abort", "rollback"];

/**
 * A script for the host: variables, the functions that it shares with others, the script itself. Its last line is the
 * only call, so a script cut off on its way does nothing.
 */
export function script(name: ScriptName, variables: Variables): string {
  const assignments = Object.entries(variables).map(([key, value]) => `${key}=${quote(String(value))}\n`);
  const shared = PERSISTING.includes(name) ? ["common.sh", "persist.sh"] : ["common.sh"];
  return [...assignments, ...[...shared, `${name}.sh`].map(hostFile)].join("");
}

/** A file from scripts/ as it stands. */
export function hostFile(name: string): string {
  return readFileSync(join(__dirname, "scripts", name), "utf8");
}
