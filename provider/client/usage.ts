/** The command was called in a way that it does not understand. */
export class UsageError extends Error {}

/** Messages go to stderr, so that stdout holds data only. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
