import { payloadOf } from "../../policy/payload";
import type { Step } from "../../policy/types";
import { quote } from "../../util/shellQuote";
import { derivedShell } from "./derivedShell";
import type { Exported } from "./format";
import { sequenceOf } from "./sequence";
import { word } from "./word";

/**
 * A script that computes the sequence of the moment, where it changes with time. For any other door one line for a POSIX shell with nc (OpenBSD's, the traditional one, or busybox's) and ping. A sleep that takes only whole
 * seconds, as POSIX demands, fails. Then only the pause is missing.
 */
export function shell(door: Exported): string {
  if (door.derivation) return derivedShell(door, door.derivation);
  const { host, delayMs } = door;
  const pause = `sleep ${(delayMs / 1000).toFixed(3)}`;
  return `h=${quote(word(host))}; ${sequenceOf(door).map(command).join(`; ${pause}; `)}; ${pause}\n`;
}

/** nc waits at most a second for an answer. Its outcome does not matter: a knock port may refuse. */
function command(step: Step): string {
  switch (step.protocol) {
    case "tcp":
      return `nc -z -w 1 "$h" ${step.port} >/dev/null 2>&1`;
    case "udp":
      return `printf '${octal(payloadOf(step))}' | nc -u -w 1 "$h" ${step.port} >/dev/null 2>&1`;
    case "icmp":
      return `ping -q -c 1 -W 1 -s ${step.payloadBytes} "$h" >/dev/null 2>&1`;
  }
}

/** The bytes in the form of printf(1). At least one byte, since nc sends no empty datagram. */
function octal(payload: Uint8Array): string {
  const bytes = payload.length > 0 ? [...payload] : [10];
  return bytes.map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
