/** Messages go to stderr, so that stdout holds data only. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** What is going on, for someone who watches: nothing where stderr is no terminal. */
export function tell(text: string): void {
  if (process.stderr.isTTY) say(`${paint("2", "portknock:")} ${text}`);
}

/** What went wrong. Of several things, each has a line of its own. */
export function complain(text: string): void {
  say(`${paint("31", "portknock:")}${text.includes("\n") ? "\n" : " "}${text}`);
}

/** ECMA-48 colours, unless the user (no-color.org) or what is at the other end does not want them. */
function paint(code: string, text: string): string {
  return process.stderr.isTTY && !process.env.NO_COLOR ? `\x1b[${code}m${text}\x1b[0m` : text;
}
