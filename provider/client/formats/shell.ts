import { payloadOf } from "../../policy/payload";
import type { Step } from "../../policy/types";
import { quote } from "../../util/shellQuote";
import type { Exported } from "./format";
import { sequenceOf } from "./sequence";
import { word } from "./word";

/**
 * One line for a POSIX shell with nc (OpenBSD's, the traditional one, busybox's) and ping. Fractions of a second are for
 * every sleep but POSIX's own, which would fail, and then nothing would be lost but the pause.
 */
export function shell(door: Exported): string {
  const { host, delayMs } = door;
  const pause = `sleep ${(delayMs / 1000).toFixed(3)}`;
  return `h=${quote(word(host))}; ${sequenceOf(door).map(command).join(`; ${pause}; `)}; ${pause}\n`;
}

/** nc waits at most a second for an answer. The outcome does not matter: a knock port may well refuse. */
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

/** The bytes as printf(1) takes them; at least one, since nc sends nothing for nothing. */
function octal(payload: Uint8Array): string {
  const bytes = payload.length > 0 ? [...payload] : [10];
  return bytes.map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
