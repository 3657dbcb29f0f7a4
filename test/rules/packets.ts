import type { Packet } from "../../provider/rules/trace/packets";
import type { Shot } from "../kernel/inject";

/** A word of the kernel tests as the trace takes it. */
export function packetsOf(shots: readonly Pick<Shot, "atMs" | "packet" | "flags">[]): Packet[] {
  return shots.map(({ packet, atMs, flags }) => ({
    packet,
    atSeconds: atMs / 1000,
    ...(flags === "bogus" && { flow: "invalid" as const }),
    ...(flags === "data" && { flow: "established" as const }),
  }));
}
