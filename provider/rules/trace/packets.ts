import { step } from "../../policy/schema";
import { parseSequence } from "../../policy/text";
import type { HostChain, Step } from "../../policy/types";
import { validateFields } from "../../policy/validate";

/** What a source sends, and when. */
export interface Packet {
  readonly packet: Step;
  /** Seconds on any one clock. */
  readonly atSeconds: number;
  /** The source's address. Default: one and the same, in no network that the rules name. */
  readonly from?: string;
  /**
   * What connection tracking says. Default "new": the first packet of a flow, for TCP a SYN. "established" belongs to a
   * flow that went on, "invalid" to none, such as a SYN with FIN.
   */
  readonly flow?: "new" | "established" | "invalid";
  /** By which chain of the host it comes. Default: the one in which the door stands. */
  readonly by?: HostChain;
  /** By which network interface it comes. Default: the one that the rules ask for, and never from the host itself. */
  readonly interface?: string;
  /** Whether it was sent to more hosts than this one. Default: no. */
  readonly isBroadcast?: boolean;
}

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
  const { value, failures } = validateFields({ packet: step }, { packet: shapeOf(word) });
  if (value.packet) return value.packet;
  const reason = failures.map((failure) => failure.reason).join("; ");
  throw new SyntaxError(`word ${index + 1} of the packets ${shapeOf(word) ? reason : SHAPES}`);
}

const SHAPES =
  "is not written as tcp/PORT, udp/PORT, udp/PORT/hex:DIGITS, icmp/BYTES, +SECONDSs or +MILLISECONDSms";

function shapeOf(word: string): Step | undefined {
  try {
    return parseSequence(word)[0];
  } catch {
    return undefined;
  }
}
