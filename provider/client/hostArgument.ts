import { hostMistake } from "../policy/hostMistake";
import { UsageError } from "./usageError";

/**
 * Reads a host on the command line. Accepts brackets around an IPv6 address, since other programs want them.
 * @throws UsageError for a text that is more than a host. The text is not in the message.
 */
export function readHost(text: string): string {
  const [, host = text] = /^\[(.*)\]$/.exec(text) ?? [];
  const mistake = hostMistake(host, "argument");
  if (mistake !== undefined) throw new UsageError(`the host ${mistake}`);
  return host;
}
