import type { Duplex } from "node:stream";
import { answerLimits } from "../answerLimits";

/**
 * Whether the other side of a channel takes packets that data fit into (RFC 4254, 5.1, maximum packet size). To one that
 * takes none ssh2 would write empty ones for ever, and to one that takes single bytes a packet for each.
 */
export function takesPackets(channel: Duplex): boolean {
  const { outgoing } = channel as { readonly outgoing?: { readonly packetSize?: number } };
  return (outgoing?.packetSize ?? 0) >= answerLimits.smallestPacketBytes;
}
