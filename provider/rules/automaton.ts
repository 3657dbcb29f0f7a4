import { isDeepStrictEqual } from "node:util";
import { includesPort, portRanges } from "../policy/ports";
import type { Policy, Sequence, Service, Step } from "../policy/types";

/**
 * The specification of a door, per source address and family. The compiler is generated from `onAttempt`, and the
 * kernel tests hold `onPacket` against the real kernel. It is the automaton of Knuth, Morris and Pratt ("Fast pattern
 * matching in strings", 1977) with two additions: a packet equal to the step just matched is neutral, since SYNs are
 * retransmitted and datagrams duplicated; and steps time out.
 */

/** What an attempt does: nothing, or it moves the source to a stage (0: none; the sequence's length: granted). */
export type Effect = { readonly kind: "neutral" } | { readonly kind: "stage"; readonly stage: number };

/** The effect of a knock (`knockOf`) at `stage` steps matched (0 up to one less than the sequence has). */
export function onAttempt(sequence: Sequence, stage: number, packet: Step): Effect {
  if (stage > 0 && isDeepStrictEqual(packet, sequence[stage - 1])) return { kind: "neutral" };
  const word = [...sequence.slice(0, stage), packet];
  for (let length = word.length; length > 0; length--) {
    if (isDeepStrictEqual(word.slice(-length), sequence.slice(0, length)))
      return { kind: "stage", stage: length };
  }
  return { kind: "stage", stage: 0 };
}

/**
 * The step of the sequence that a packet is, else the packet itself, which is then a wrong knock. A step without a
 * payload is every datagram to its port; the schema lets no datagram be two steps.
 */
export function knockOf(sequence: Sequence, packet: Step): Step {
  return (
    sequence.find(
      (step) =>
        isDeepStrictEqual(step, packet) ||
        (step.protocol === "udp" &&
          packet.protocol === "udp" &&
          step.port === packet.port &&
          step.payload === undefined),
    ) ?? packet
  );
}

/** What the host knows of a source. Times are seconds on any one clock. */
export interface SourceState {
  readonly stage: number;
  readonly stageSince: number;
  readonly grantedAt?: number;
}

export const newcomer: SourceState = { stage: 0, stageSince: 0 };

/** `pass`: left to the host's own rules, as if the door were not there. */
export type Outcome = { readonly verdict: "accept" | "drop" | "pass"; readonly state: SourceState };

/** What a packet of a new flow does at a time, and what the host knows afterwards. */
export function onPacket(policy: Policy, state: SourceState, packet: Step, atSeconds: number): Outcome {
  if (names(policy.door, packet)) {
    const open = state.grantedAt !== undefined && atSeconds - state.grantedAt <= policy.openForSeconds;
    return { verdict: open ? "accept" : "drop", state };
  }
  if (isIgnored(policy, packet)) return { verdict: "pass", state };
  const inTime = atSeconds - state.stageSince <= policy.stepTimeoutSeconds;
  const knock = knockOf(policy.sequence, packet);
  const effect = onAttempt(policy.sequence, inTime ? state.stage : 0, knock);
  if (effect.kind === "neutral") return { verdict: "pass", state };
  if (effect.stage === policy.sequence.length) {
    return { verdict: "pass", state: { stage: 0, stageSince: 0, grantedAt: atSeconds } };
  }
  return { verdict: "pass", state: { ...state, stage: effect.stage, stageSince: atSeconds } };
}

function isIgnored(policy: Policy, packet: Step): boolean {
  if (packet.protocol === "icmp") return policy.ignore.some(({ protocol }) => protocol === "icmp");
  return names(
    policy.ignore.filter((ignored): ignored is Service => ignored.protocol !== "icmp"),
    packet,
  );
}

function names(services: readonly Service[], packet: Step): boolean {
  return services.some(
    ({ protocol, ports }) =>
      packet.protocol !== "icmp" &&
      protocol === packet.protocol &&
      includesPort(portRanges(ports), packet.port),
  );
}
