import { parseSequence } from "../policy/text";
import type { Packet } from "./trace";

/**
 * Reads packets written as `tcp/7000 udp/8000 +6s tcp/22`: steps as in a sequence, and pauses before the next one in
 * seconds (`+6s`, `+1.5s`) or milliseconds (`+200ms`). Without a pause packets follow at once.
 * @throws SyntaxError that names the word's place, never its text: it may be a knock.
 */
export function parsePackets(text: string, from?: string): Packet[] {
  const packets: Packet[] = [];
  let atSeconds = 0;
  for (const [index, word] of text
    .trim()
    .split(/[\s,]+/)
    .entries()) {
    const [, digits, unit] = /^\+(\d+(?:\.\d+)?)(s|ms)$/.exec(word) ?? [];
    if (digits !== undefined) atSeconds += Number(digits) / (unit === "ms" ? 1000 : 1);
    else packets.push({ packet: readStep(word, index), atSeconds, ...(from !== undefined && { from }) });
  }
  return packets;
}

function readStep(word: string, index: number): Packet["packet"] {
  try {
    const [step] = parseSequence(word);
    if (step) return step;
  } catch {}
  throw new SyntaxError(
    `word ${index + 1} of the packets is not written as tcp/PORT, udp/PORT, icmp/BYTES, +SECONDSs or +MILLISECONDSms`,
  );
}
