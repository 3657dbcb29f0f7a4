import { plainJson, plainLines } from "../util/plainText";

/**
 * Everything that the command prints leaves by this file, and nothing in it is obeyed by a terminal but our own colours. What
 * goes through a door, and what other commands print, passes by it.
 */

/** Messages go to stderr, so that stdout holds data only. */
export function say(text: string): void {
  write("", text);
}

/** What was asked for, on stdout. */
export function print(text: string): void {
  process.stdout.write(plainLines(text));
}

/** The same as JSON, on a line. */
export function printJson(value: unknown): void {
  process.stdout.write(`${plainJson(value)}\n`);
}

function write(name: string, text: string): void {
  process.stderr.write(`${name}${plainLines(text)}\n`);
}

/** What is going on, for someone who watches: nothing where stderr is no terminal. */
export function tell(text: string): void {
  if (process.stderr.isTTY) write(paint("2", "portknock:"), ` ${text}`);
}

/** What went wrong. Of several things, each has a line of its own. */
export function complain(text: string): void {
  write(paint("31", "portknock:"), `${text.includes("\n") ? "\n" : " "}${text}`);
}

/** ECMA-48 colours, unless the user (no-color.org) or what is at the other end does not want them. */
function paint(code: string, text: string): string {
  return process.stderr.isTTY && !process.env.NO_COLOR ? `\x1b[${code}m${text}\x1b[0m` : text;
}
