import type { Sequence } from "../../policy/types";
import { type Reply, type Route, tryPort } from "../route";

/** How a door can be seen from here. */
export interface Probe {
  /** TCP ports of the door. */
  readonly ports: readonly number[];
  /** The sequence that opens the door now. */
  readonly sequence: () => Sequence;
  /** How a closed port answers: with nothing, or with a refusal. */
  readonly closedReply: Exclude<Reply, "accepted">;
  /** On SSH the grant lets the provider in. Otherwise it only proves that the door opens, and is revoked. */
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
  /** Whether each port answered as a closed door does. */
  readonly isClosed: boolean;
  /** Ports that accepted a connection. A port that refuses is not open, even if the door should be silent. */
  readonly open: readonly number[];
}

/** Tries each port without a knock. No answer within `timeoutMs` is silence. */
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
 * Knocks and tries the ports. The SSH port is left out: the session that came through it is the proof,
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
