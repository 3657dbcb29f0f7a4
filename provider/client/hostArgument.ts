import { hostMistake } from "../policy/hostMistake";
import { UsageError } from "./usage";

/**
 * A host on the command line. Brackets around an IPv6 address are taken off: other programs want them.
 * @throws UsageError where it says more than which host that is.
 */
export function readHost(text: string): string {
  const [, host = text] = /^\[(.*)\]$/.exec(text) ?? [];
  const mistake = hostMistake(host, "argument");
  if (mistake !== undefined) throw new UsageError(`the host ${mistake}`);
  return host;
}
