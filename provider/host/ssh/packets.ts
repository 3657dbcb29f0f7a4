import type { Duplex } from "node:stream";
import { answerLimits } from "../answerLimits";

/**
 * Whether the server's maximum packet size is usable (RFC 4254, 5.1). With 0, ssh2 would send empty packets for ever; with 1, a
 * packet for each byte.
 */
export function takesPackets(channel: Duplex): boolean {
  const { outgoing } = channel as { readonly outgoing?: { readonly packetSize?: number } };
  return (outgoing?.packetSize ?? 0) >= answerLimits.smallestPacketBytes;
}
