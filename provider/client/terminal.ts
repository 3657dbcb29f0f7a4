import { plainJson, plainLines } from "../util/plainText";

/**
 * Everything that the command prints itself goes through this file. It removes all control sequences except its own colours.
 * Data through a door, and the output of other commands, do not go through it.
 */

/** Messages go to stderr, so that stdout holds data only. */
export function say(text: string): void {
  write("", text);
}

/** Prints the result on stdout. */
export function print(text: string): void {
  process.stdout.write(plainLines(text));
}

/** Prints the result as one line of JSON. */
export function printJson(value: unknown): void {
  process.stdout.write(`${plainJson(value)}\n`);
}

function write(name: string, text: string): void {
  process.stderr.write(`${name}${plainLines(text)}\n`);
}

/** Tells a user who watches what is going on. Prints nothing if stderr is not a terminal. */
export function tell(text: string): void {
  if (process.stderr.isTTY) write(paint("2", "portknock:"), ` ${text}`);
}

/** Prints an error. A text of several lines starts on a line of its own. */
export function complain(text: string): void {
  write(paint("31", "portknock:"), `${text.includes("\n") ? "\n" : " "}${text}`);
}

/** ECMA-48 colours, unless the user does not want them (no-color.org) or stderr is not a terminal. */
function paint(code: string, text: string): string {
  return process.stderr.isTTY && !process.env.NO_COLOR ? `\x1b[${code}m${text}\x1b[0m` : text;
}
