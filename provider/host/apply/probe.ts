import type { Sequence } from "../../policy/types";
import { type Reply, type Route, tryPort } from "../route";

/** How a door can be seen from here. */
export interface Probe {
  /** TCP ports of the door. */
  readonly ports: readonly number[];
  /** The one that opens it at this moment. */
  readonly sequence: () => Sequence;
  /** How a closed port is told: nothing comes back, or a refusal. */
  readonly closedReply: Exclude<Reply, "accepted">;
  /** Then the grant is what lets the provider in; else it only shows that the door opens, and is taken back. */
  readonly isOnSsh: boolean;
  /** Whether a knock opens one port only, and that once. */
  readonly isSingleUse: boolean;
  /** Whether the door is closed to an address without a knock. */
  readonly guardsAgainst: (address: string) => boolean;
}

/** What was seen of a door. */
export interface ProbeResult {
  readonly closedBeforeKnock: boolean;
  readonly openAfterKnock: boolean;
}

/** What was seen of the ports without a knock. */
export interface PortState {
  /** Whether each gave the answer of the closed door. */
  readonly isClosed: boolean;
  /** Those that took a connection. One that refuses, where the door is silent, is not open. */
  readonly open: readonly number[];
}

/** What each port answers this side without a knock. Silence is that no answer came for so long. */
export async function probeClosed(
  route: Route,
  { ports, closedReply }: Probe,
  timeoutMs: number,
): Promise<PortState> {
  const replies = await Promise.all(ports.map((port) => tryPort(route, port, timeoutMs)));
  return {
    isClosed: replies.every((reply) => reply === closedReply),
    open: ports.filter((_, index) => replies[index] === "accepted"),
  };
}

/**
 * Knocks, and sees whether that opens the ports. The SSH port is left out: the session that came through it is the proof,
 * and sshd may hold a connection without a login against its source (sshd_config(5), PerSourcePenalties).
 */
export async function probeOpen(
  route: Route,
  { ports, sequence, closedReply, isSingleUse }: Probe,
  sshPort: number,
  timeoutMs: number,
): Promise<boolean> {
  const others = ports.filter((port) => port !== sshPort).slice(0, isSingleUse ? 1 : undefined);
  if (others.length === 0) return true;
  await route.knock(sequence());
  const replies = await Promise.all(others.map((port) => tryPort(route, port, timeoutMs)));
  return !replies.includes(closedReply) && !replies.includes("none");
}
