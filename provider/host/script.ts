import { readFileSync } from "node:fs";
import { join } from "node:path";
import { quote } from "./quote";

export type ScriptName = "apply" | "confirm" | "abort" | "observe" | "rollback";

/** Shell variables by name. */
export type Variables = Readonly<Record<string, string | number>>;

/**
 * A script for the host: variables, the functions that all share, the script itself. Its last line is the only call,
 * so a script cut off on its way does nothing.
 */
export function script(name: ScriptName, variables: Variables): string {
  const assignments = Object.entries(variables).map(([key, value]) => `${key}=${quote(String(value))}\n`);
  return [...assignments, source("common"), source(name)].join("");
}

function source(name: ScriptName | "common"): string {
  return readFileSync(join(__dirname, "scripts", `${name}.sh`), "utf8");
}
