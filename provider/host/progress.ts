import { REFUSED } from "../knock/dial";
import { plainText } from "../util/plainText";

/** Progress is printed only after so many milliseconds: most operations end before. */
export const QUIET_MS = 5_000;

/**
 * Prints what an operation waits for. Pulumi shows its provider's stderr at once, beside the stack. The command's stdout
 * does not change.
 */
export function printProgress(text: string): void {
  process.stderr.write(`${plainText(text, 1_000)}\n`);
}

/** Why a try failed, in few words. */
export function endOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "does not answer";
  if ("code" in cause && cause.code === REFUSED) return "refuses the connection";
  return / no answer |^no answer /.test(cause.message) ? "does not answer" : cause.message;
}

/** `host:port`, with brackets around an IPv6 address. */
export function placeOf(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
