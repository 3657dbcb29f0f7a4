import type { NetworkAccess } from "../policy/networks";
import { includesPort, portRanges } from "../policy/ports";
import { sameSequence, sameStep } from "../policy/sameStep";
import type { Schedule } from "../policy/schedule";
import type { Policy, RateLimit, Sequence, Service, Step } from "../policy/types";

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
  const before = sequence[stage - 1];
  if (before && sameStep(packet, before)) return { kind: "neutral" };
  const word = [...sequence.slice(0, stage), packet];
  for (let length = word.length; length > 0; length--) {
    if (sameSequence(word.slice(-length), sequence.slice(0, length))) return { kind: "stage", stage: length };
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
        sameStep(step, packet) ||
        (step.protocol === "udp" &&
          packet.protocol === "udp" &&
          step.port === packet.port &&
          step.payload === undefined),
    ) ?? packet
  );
}

/** How far a source has come in a sequence, and since when. */
export interface Progress {
  readonly stage: number;
  readonly stageSince: number;
}

/** What the host knows of a source. Times are seconds on any one clock. */
export interface SourceState extends Progress {
  /** In the previous sequence, while it is accepted. */
  readonly earlier?: Progress;
  /** In the sequences of a calendar's odd windows; the progress above is that in the even ones. */
  readonly odd?: Progress;
  /** What follows is shared by the addresses that `grantPrefix` makes one. */
  readonly grantedAt?: number;
  /** Connections that `rateLimit` lets the source open at once, counted when it last did. */
  readonly allowance?: { readonly connections: number; readonly at: number };
  /** When it knocked wrong, and since when it is deaf for it. */
  readonly wrongAt?: readonly number[];
  readonly deafSince?: number;
}

export const newcomer: SourceState = { stage: 0, stageSince: 0 };

/**
 * `pass`: left to the host's own rules, as if the door were not there. `drop` and `reset` are what a closed door does,
 * as the policy wants it.
 */
export type Outcome = {
  readonly verdict: "accept" | "drop" | "reset" | "pass";
  readonly state: SourceState;
};

/**
 * What a packet of a new flow does at a time (seconds since 1970, where the policy has a previous sequence or a schedule), and
 * what the host knows afterwards. The door is asked first, of sources that are allowed or denied nothing else: their
 * packets are no knocks. A packet for a port of any door of the host is no knock for the others either, so that doors can
 * be tried while others are knocked at.
 */
export function onPacket(
  policy: Policy,
  state: SourceState,
  packet: Step,
  atSeconds: number,
  standing: NetworkAccess = "stranger",
  schedule: Schedule | undefined = undefined,
): Outcome {
  if (coversAttempt(policy.door, packet)) return onTry(policy, state, atSeconds, standing);
  const isHeard = standing === "stranger" && !isIgnored(policy, packet) && !isDeaf(policy, state, atSeconds);
  if (!isHeard) return { verdict: "pass", state };
  const knocked = schedule
    ? onScheduledKnock(policy, schedule, state, packet, atSeconds)
    : onKnock(policy, state, packet, atSeconds);
  return { verdict: "pass", state: knocked };
}

/** Of what a source may open at a time: `burst` connections, or what has grown again since it opened some. */
export function allowanceAt(
  { connectionsPerMinute, burst }: RateLimit,
  { allowance }: SourceState,
  atSeconds: number,
): number {
  if (allowance === undefined) return burst;
  return Math.min(burst, allowance.connections + ((atSeconds - allowance.at) * connectionsPerMinute) / 60);
}

function onTry(policy: Policy, state: SourceState, atSeconds: number, standing: NetworkAccess): Outcome {
  const open = policy.grantVerdict === "accept" ? "accept" : "pass";
  const closed = policy.closedResponse;
  if (standing !== "stranger") return { verdict: standing === "allowed" ? open : closed, state };
  const { rateLimit } = policy;
  const { grantedAt, ...rest } = state;
  if (grantedAt === undefined || atSeconds - grantedAt > policy.openForSeconds)
    return { verdict: closed, state };
  const connections = rateLimit ? allowanceAt(rateLimit, state, atSeconds) : 1;
  if (connections < 1) return { verdict: closed, state };
  return {
    verdict: open,
    state: {
      ...rest,
      ...(!policy.singleUse && { grantedAt: policy.extend ? atSeconds : grantedAt }),
      ...(rateLimit && { allowance: { connections: connections - 1, at: atSeconds } }),
    },
  };
}

/** A sequence and the one before it are two automata that share the grant. A knock of either is no wrong one. */
function onKnock(policy: Policy, state: SourceState, packet: Step, atSeconds: number): SourceState {
  const { previous, sequence } = policy;
  // Without a sequence there is no knock, and so no wrong one.
  if (sequence === undefined) return state;
  const own = onStep(policy, sequence, state, packet, atSeconds);
  const isAccepted = previous !== undefined && atSeconds < Date.parse(previous.acceptUntil) / 1000;
  const other = isAccepted
    ? onStep(policy, previous.sequence, state.earlier ?? newcomer, packet, atSeconds)
    : undefined;
  const moved = {
    ...state,
    ...own.progress,
    ...(other && { earlier: other.progress }),
    ...((own.isComplete || other?.isComplete) && { grantedAt: atSeconds }),
  };
  const isForgiven = isAccepted && previous.sequence.includes(knockOf(previous.sequence, packet));
  return own.isWrong && !isForgiven ? onWrongKnock(policy, moved, atSeconds) : moved;
}

/** Each window that is heard at the time is an automaton of its own; what it forgets, the next of its kind never knew. */
function onScheduledKnock(
  policy: Policy,
  { days }: Schedule,
  state: SourceState,
  packet: Step,
  atSeconds: number,
): SourceState {
  const heard = days
    .flatMap(({ windows }) => windows)
    .filter(({ fromMs, untilMs }) => fromMs <= 1000 * atSeconds && 1000 * atSeconds < untilMs);
  let moved = state;
  for (const { number, sequence } of heard) {
    const isOdd = number % 2 !== 0;
    const before = isOdd ? (moved.odd ?? newcomer) : moved;
    const { progress, isComplete } = onStep(policy, sequence, before, packet, atSeconds);
    moved = {
      ...moved,
      ...(isOdd ? { odd: progress } : progress),
      ...(isComplete && { grantedAt: atSeconds }),
    };
  }
  return moved;
}

interface Moved {
  readonly progress: Progress;
  readonly isComplete: boolean;
  readonly isWrong: boolean;
}

function onStep(
  { stepTimeoutSeconds }: Policy,
  sequence: Sequence,
  { stage, stageSince }: Progress,
  packet: Step,
  atSeconds: number,
): Moved {
  const from = atSeconds - stageSince <= stepTimeoutSeconds ? stage : 0;
  const effect = onAttempt(sequence, from, knockOf(sequence, packet));
  if (effect.kind === "neutral")
    return { progress: { stage, stageSince }, isComplete: false, isWrong: false };
  if (effect.stage === sequence.length) {
    return { progress: { stage: 0, stageSince: 0 }, isComplete: true, isWrong: false };
  }
  return {
    progress: { stage: effect.stage, stageSince: atSeconds },
    isComplete: false,
    isWrong: effect.stage !== from + 1,
  };
}

/** An attempt that is neither neutral nor the next step is a wrong knock, also one that begins the sequence anew. */
function onWrongKnock({ lockout }: Policy, state: SourceState, atSeconds: number): SourceState {
  if (lockout === undefined) return state;
  const { wrongAt = [], ...rest } = state;
  const recent = wrongAt.filter((at) => atSeconds - at <= lockout.withinSeconds);
  return recent.length + 1 < lockout.wrongKnocks
    ? { ...rest, wrongAt: [...recent, atSeconds] }
    : { ...rest, deafSince: atSeconds };
}

function isDeaf({ lockout }: Policy, { deafSince }: SourceState, atSeconds: number): boolean {
  return lockout !== undefined && deafSince !== undefined && atSeconds - deafSince <= lockout.forSeconds;
}

function isIgnored(policy: Policy, packet: Step): boolean {
  if (packet.protocol === "icmp") return policy.ignore.some(({ protocol }) => protocol === "icmp");
  return coversAttempt(
    policy.ignore.filter((ignored): ignored is Service => ignored.protocol !== "icmp"),
    packet,
  );
}

function coversAttempt(services: readonly Service[], packet: Step): boolean {
  return services.some(
    ({ protocol, ports }) =>
      packet.protocol !== "icmp" &&
      protocol === packet.protocol &&
      includesPort(portRanges(ports), packet.port),
  );
}
