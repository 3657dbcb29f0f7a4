import { isDeepStrictEqual } from "node:util";
import { networkAccessOf } from "../../provider/policy/networks";
import { includesPort, portRanges } from "../../provider/policy/ports";
import type { Family, Policy, Step } from "../../provider/policy/types";
import {
  allowanceAt,
  newcomer,
  onPacket,
  type Progress,
  type SourceState,
} from "../../provider/rules/automaton";
import type { List } from "../../provider/rules/ir";
import { BETWEEN_SECONDS } from "../policy/arbitrary";
import { type Answer, address, INTERFACE, type Salvo, type Shot } from "./inject";
import type { Variant } from "./world";

export type Verdict = ReturnType<typeof onPacket>["verdict"];

/** What the specification says of a word. */
export interface Judgement {
  readonly verdicts: readonly Verdict[];
  /** Whether each packet is a try at the door. */
  readonly isDoor: readonly boolean[];
  /** How close a packet's time came to a limit: what is too close, the kernel's clock may see on the other side. */
  readonly marginMs: number;
  /** The lists that hold the source at the end, each by what tells it from the others. */
  readonly lists: readonly ListKey[];
}

export type ListKey =
  | ("grant" | "wrong" | "deaf" | "known" | "advanced" | "underWay")
  | (`stage ${number}` | `earlier stage ${number}`)
  | `token ${string}`;

export function keyOf(list: List): ListKey {
  if (list.kind === "token") return `token ${list.name}`;
  if (list.kind !== "stage") return list.kind;
  return `${list.slot ? "earlier stage" : "stage"} ${list.stage}`;
}

/** What one address knows alone, and the lists that hold it: time alone takes nobody off a list. */
interface Side {
  state: SourceState;
  readonly stages: Set<number>;
  readonly earlierStages: Set<number>;
}

/** Runs a word through the automaton. Some of its packets may come from the address beside the source's. */
export function judge(
  policy: Policy,
  { family, source }: Pick<Salvo, "family" | "source">,
  shots: readonly Shot[],
): Judgement {
  const verdicts: Verdict[] = [];
  const isDoor = shots.map(({ packet }) => names(policy, packet));
  let marginMs = Number.POSITIVE_INFINITY;
  const neighbour = source ^ 1;
  const [mine, other]: [Side, Side] = [
    { state: newcomer, stages: new Set(), earlierStages: new Set() },
    { state: newcomer, stages: new Set(), earlierStages: new Set() },
  ];
  const held = new Set<ListKey>();
  for (const [index, { atMs, packet, flags, from = source }] of shots.entries()) {
    const [side, beside] = from === neighbour ? [other, mine] : [mine, other];
    const at = BETWEEN_SECONDS + atMs / 1000;
    marginMs = Math.min(
      marginMs,
      ...limitsNear(policy, side.state, at).map((seconds) => Math.abs(seconds) * 1000),
    );
    const standing = networkAccessOf(policy, address(family, from));
    const outcome = isGuarded(policy, family)
      ? onPacket(policy, side.state, packet, at, standing)
      : ({ verdict: "pass", state: side.state } as const);
    if (flags === "bogus") {
      verdicts.push(bogusVerdict(policy, family, isDoor[index] === true));
      continue;
    }
    verdicts.push(outcome.verdict);
    const { state: next } = outcome;
    noteStages(side.stages, side.state, next, at - policy.stepTimeoutSeconds);
    noteStages(
      side.earlierStages,
      side.state.earlier ?? newcomer,
      next.earlier ?? newcomer,
      at - policy.stepTimeoutSeconds,
    );
    side.state = next;
    if (side === mine || isShared(policy, family)) noteShared(held, next);
    if (isShared(policy, family)) beside.state = sharing(next, beside.state);
  }
  const shared = (["grant", "wrong", "deaf"] as const).filter((key) => held.has(key));
  const sorted = (numbers: ReadonlySet<number>) => [...numbers].sort((a, b) => a - b);
  const stages = [
    ...sorted(mine.stages).map((stage): ListKey => `stage ${stage}`),
    ...sorted(mine.earlierStages).map((stage): ListKey => `earlier stage ${stage}`),
  ];
  const [grant, ...counts] = held.has("grant") ? shared : [undefined, ...shared];
  return {
    verdicts,
    isDoor,
    marginMs,
    lists: [...(grant ? [grant] : []), ...stages, ...counts] as ListKey[],
  };
}

/** The neighbour is the address that differs in the last bit alone. */
function isShared({ grantPrefix }: Policy, family: Family): boolean {
  return grantPrefix[family] < (family === "ipv4" ? 32 : 128);
}

function sharing({ stage, stageSince, earlier, ...shared }: SourceState, mine: SourceState): SourceState {
  return {
    ...{ stage: mine.stage, stageSince: mine.stageSince },
    ...(mine.earlier && { earlier: mine.earlier }),
    ...shared,
  };
}

/** A source that moves leaves its stage's list, unless it had left the stage by the clock before `since`. */
function noteStages(held: Set<number>, from: Progress, to: Progress, since: number): void {
  if (to.stageSince === from.stageSince && to.stage === from.stage) return;
  if (from.stageSince >= since) held.delete(from.stage);
  if (to.stage > 0) held.add(to.stage);
}

function noteShared(held: Set<ListKey>, { grantedAt, wrongAt, deafSince }: SourceState): void {
  const isOn = {
    grant: grantedAt !== undefined,
    wrong: wrongAt !== undefined,
    deaf: deafSince !== undefined,
  };
  for (const [key, on] of Object.entries(isOn)) {
    if (on) held.add(key as ListKey);
    else held.delete(key as ListKey);
  }
}

/** Seconds from a time to each limit that matters at it. */
function limitsNear(policy: Policy, state: SourceState, at: number): number[] {
  const { lockout, rateLimit } = policy;
  const { grantedAt, wrongAt = [], deafSince, earlier = newcomer } = state;
  return [
    ...(earlier.stage > 0 ? [at - earlier.stageSince - policy.stepTimeoutSeconds] : []),
    ...(state.stage > 0 ? [at - state.stageSince - policy.stepTimeoutSeconds] : []),
    ...(grantedAt === undefined ? [] : [at - grantedAt - policy.openForSeconds]),
    ...(lockout && deafSince !== undefined ? [at - deafSince - lockout.forSeconds] : []),
    ...(lockout ? wrongAt.map((then) => at - then - lockout.withinSeconds) : []),
    ...(rateLimit && state.allowance
      ? [((allowanceAt(rateLimit, state, at) - 1) * 60) / rateLimit.connectionsPerMinute]
      : []),
  ];
}

/** Whether the door is there at all for packets of a family on the hosts' one interface. */
function isGuarded(policy: Policy, family: Family): boolean {
  const { interface: name = INTERFACE } = policy;
  const isHere = name.endsWith("+") ? INTERFACE.startsWith(name.slice(0, -1)) : name === INTERFACE;
  return isHere && policy.families.includes(family);
}

/** Connection tracking makes nothing of it: it has no original port, and no grant is for it. */
function bogusVerdict(policy: Policy, family: Family, isDoor: boolean): Verdict {
  return isDoor && isGuarded(policy, family) && policy.chain === "INPUT" ? policy.closedResponse : "pass";
}

function names({ door }: Policy, packet: Step): boolean {
  return door.some(
    ({ protocol, ports }) =>
      packet.protocol !== "icmp" &&
      protocol === packet.protocol &&
      includesPort(portRanges(ports), packet.port),
  );
}

/**
 * What a host did with a packet. The hosts' own rules prohibit what the door leaves to them on its ports, and where a
 * closed door answers, what it lets in gets no answer (host.ts); on every other port the kernel itself answers what
 * reaches it.
 */
export function verdictOf(answer: Answer, isDoor: boolean, { closedResponse }: Policy): Verdict {
  if (!isDoor) return answer === "none" ? "drop" : "pass";
  if (answer === "prohibited") return "pass";
  const isAnswered = answer !== "none";
  return isAnswered === (closedResponse === "drop") ? "accept" : closedResponse;
}

/**
 * Whether the lists are those that the specification has. In nftables, time takes sources off lists, so there may be fewer.
 */
export function areHeld(variant: Variant, held: readonly List[], { lists }: Judgement): boolean {
  const keys = held.map(keyOf);
  if (variant !== "nftables") return isDeepStrictEqual(keys, lists);
  return keys.every((key) => lists.includes(key));
}
