import type { Step } from "../../provider/policy/types";
import type { Shot } from "./inject";

export interface Pause {
  readonly pauseMs: number;
}

/** The last packet once more, as a retransmission. */
export const AGAIN = "again";

/** A packet of a flow of its own; or one with a flow, for a connection or for pings of one id. */
export type Line = Step | Pause | typeof AGAIN | Omit<Shot, "atMs">;

/** What one source does, one line after the other, each as soon as the one before is answered. */
export function script(...lines: readonly Line[]): Shot[] {
  const shots: Shot[] = [];
  let atMs = 0;
  let flow = 30_000;
  for (const line of lines) {
    const last = shots.at(-1);
    if (line === AGAIN) {
      if (last) shots.push({ ...last, atMs });
    } else if ("pauseMs" in line) {
      atMs += line.pauseMs;
    } else if ("packet" in line) {
      shots.push({ ...line, atMs });
    } else {
      // Ports up to 60999, as a client's kernel has them.
      flow = flow < 60_999 ? flow + 1 : 30_000;
      shots.push({ atMs, packet: line, flow });
    }
  }
  return shots;
}

export const tcp = (port: number): Step => ({ protocol: "tcp", port });
export const udp = (port: number): Step => ({ protocol: "udp", port });
export const ping = (payloadBytes: number): Step => ({ protocol: "icmp", payloadBytes });
export const pause = (pauseMs: number): Pause => ({ pauseMs });
