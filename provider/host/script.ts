import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Family } from "../policy/types";
import { memoize } from "../util/memoize";
import { once } from "../util/once";
import { quote } from "../util/shellQuote";
import { LIBRARY, PARTS, type ScriptName } from "./protocol";

/** Shell variables by name. */
export type Variables = Readonly<Record<string, string | number>>;

/** Lines that are a third of what would travel, and on a slow path a round trip. */
const COMMENTS = /^ *(?:#.*)?\n/gm;

/**
 * A script for the host: the guard against other shells, variables, the functions that it shares with others, the script
 * itself. Its last line is the only call, so a script cut off on its way does nothing.
 *
 * An apply leaves two other scripts on the host, `rollback` and `boot`. So that the shared functions travel once, these two
 * come without them, and the apply, which has them as the variable LIBRARY too, puts them before each.
 */
export function script(name: ScriptName, variables: Variables): string {
  const own = PARTS[name].map(traveling);
  switch (name) {
    case "rollback":
    case "boot":
      return [guard(), ...assignments(variables), ...own].join("");
    case "apply":
      return [
        guard(),
        ...assignments({ ...variables, LIBRARY: library() }),
        'eval "$LIBRARY"\n',
        ...own,
      ].join("");
    default:
      return [guard(), ...assignments(variables), library(), ...own].join("");
  }
}

/** What a script that the apply has left on the host is, once it is there. */
export function scriptOnHost(name: "rollback" | "boot", variables: Variables): string {
  return `${library()}\n${script(name, variables)}`;
}

const library = once(() => LIBRARY.map(traveling).join(""));

function assignments(variables: Variables): readonly string[] {
  return Object.entries(variables).map(([key, value]) => `${key}=${quote(String(value))}\n`);
}

/** A part as it travels: a program for awk is the value of a variable, `held.awk` of HELD_AWK. Each is read once a process. */
export const traveling = memoize(100, (part: string): string => {
  const text = hostFile(part).replace(COMMENTS, "");
  const [, program] = /(\w+)\.awk$/.exec(part) ?? [];
  return program === undefined ? text : `${program.toUpperCase()}_AWK=${quote(text)}\n`;
});

/** Ends with this code where a shell of POSIX reads it, and does nothing. */
export function exitScript(code: number): string {
  return `${guard()}exit ${code}\n`;
}

function guard(): string {
  return traveling("guard.sh");
}

/** A file from scripts/ as it stands. */
export function hostFile(name: string): string {
  return readFileSync(join(__dirname, "scripts", name), "utf8");
}

/** What tells systemd or OpenRC to load the doors at the next boot. */
export const SERVICES = {
  UNIT: hostFile("portknock.service").trimEnd(),
  UNIT_AGAIN: hostFile("portknock-again.service").trimEnd(),
  SERVICE: hostFile("openrc.sh").trimEnd(),
} satisfies Variables;

/** What an apply leaves on the host besides: what the next boot runs, once it is confirmed, and what people may run. */
export const LEFT_BEHIND = {
  BOOT: script("boot", { NONCE: "" }),
  REMOVE: hostFile("remove.sh").trimEnd(),
} satisfies Variables;

/** Families by the numbers that scripts have for them. */
export function digits(families: readonly Family[]): string {
  return families.map((family) => (family === "ipv4" ? 4 : 6)).join(" ");
}
