import { includesPort, portRanges } from "../policy/ports";
import type { Policy } from "../policy/types";

/** Whether a door stands before a TCP port. */
export function guards(door: Policy["door"], tcpPort: number): boolean {
  return door.some(({ protocol, ports }) => protocol === "tcp" && includesPort(portRanges(ports), tcpPort));
}
