import { plainLines, plainText } from "./plainText";

/** How many causes of causes are kept. */
const MOST_CAUSES = 5;

const MOST_CHARACTERS = 500;

/**
 * A copy of an error that is safe to keep as a cause: name, message, code, stack and causes. Node's errors contain
 * more, such as the arguments of a command, an address and a port, and whoever prints an error prints that as well.
 * @param hide removes secrets from texts of the error. Default: the texts contain none.
 */
export function causeOf(error: unknown, hide = (text: string) => text, depth = 0): Error | undefined {
  if (typeof error === "string") return new Error(plainText(hide(error), MOST_CHARACTERS));
  if (!(error instanceof Error) || depth >= MOST_CAUSES) return undefined;
  if (error.name === "PortKnockError") return error;
  const cause = causeOf(error.cause, hide, depth + 1);
  const message = plainText(hide(error.message), MOST_CHARACTERS);
  const kept = new Error(message, cause && { cause });
  const name = plainText(error.name, 100);
  const frames = (error.stack ?? "").split("\n").filter((line) => /^ {4}at /.test(line));
  const stack = plainLines(hide([`${name}: ${message}`, ...frames].join("\n")));
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code === "string") Object.assign(kept, { code: plainText(code, 100) });
  for (const [key, value] of Object.entries({ name, stack })) {
    Object.defineProperty(kept, key, { value, enumerable: false, configurable: true, writable: true });
  }
  return kept;
}
