import { REFUSED } from "../knock/dial";
import { plainText } from "../util/plainText";

/** Milliseconds for which nothing is said: most of what may take long does not. */
export const QUIET_MS = 5_000;

/**
 * Tells whoever waits what is waited for. Pulumi shows what its provider prints to stderr at once, beside the stack; the
 * command's stdout stays as it is.
 */
export function printProgress(text: string): void {
  process.stderr.write(`${plainText(text, 1_000)}\n`);
}

/** Why a try at a host was none, in few words. */
export function endOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "does not answer";
  if ("code" in cause && cause.code === REFUSED) return "refuses the connection";
  return / no answer |^no answer /.test(cause.message) ? "does not answer" : cause.message;
}

/** A host and a port, as they are written. */
export function placeOf(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
