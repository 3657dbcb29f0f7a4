import { isDeepStrictEqual } from "node:util";
import { standingOf } from "../../provider/policy/networks";
import { includesPort, portRanges } from "../../provider/policy/ports";
import type { Family, Policy, Step } from "../../provider/policy/types";
import { allowanceAt, newcomer, onPacket, type SourceState } from "../../provider/rules/automaton";
import type { List } from "../../provider/rules/ir";
import { type Answer, address, INTERFACE, type Salvo, type Shot } from "./inject";

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

export type ListKey = "grant" | "wrong" | "deaf" | number;

export function keyOf(list: List): ListKey {
  return list.kind === "stage" ? list.stage : list.kind;
}

/** What one address knows alone, and the lists that hold it: time alone takes nobody off a list. */
interface Side {
  state: SourceState;
  readonly stages: Set<number>;
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
  const sides = new Map<number, Side>();
  const sideOf = (number: number): Side => {
    const side = sides.get(number) ?? { state: newcomer, stages: new Set() };
    sides.set(number, side);
    return side;
  };
  const held = new Set<ListKey>();
  for (const [index, { atMs, packet, flags, from = source }] of shots.entries()) {
    const side = sideOf(from);
    const at = atMs / 1000;
    marginMs = Math.min(
      marginMs,
      ...limitsNear(policy, side.state, at).map((seconds) => Math.abs(seconds) * 1000),
    );
    const standing = standingOf(policy, address(family, from));
    const outcome = isGuarded(policy, family)
      ? onPacket(policy, side.state, packet, at, standing)
      : ({ verdict: "pass", state: side.state } as const);
    if (flags === "bogus") {
      verdicts.push(bogusVerdict(policy, family, isDoor[index] === true));
      continue;
    }
    verdicts.push(outcome.verdict);
    const isInTime = at - side.state.stageSince <= policy.stepTimeoutSeconds;
    const { state: next } = outcome;
    if (next.stageSince !== side.state.stageSince || next.stage !== side.state.stage) {
      if (isInTime) side.stages.delete(side.state.stage);
      if (next.stage > 0) side.stages.add(next.stage);
    }
    side.state = next;
    if (from === source || isShared(policy, family)) noteShared(held, next);
    if (isShared(policy, family))
      for (const other of sides.values()) other.state = sharing(next, other.state);
    // A neighbour that comes later finds what its addresses share.
    if (isShared(policy, family)) sideOf(source ^ 1).state = sharing(next, sideOf(source ^ 1).state);
  }
  const shared = (["grant", "wrong", "deaf"] as const).filter((key) => held.has(key));
  const stages = [...(sides.get(source)?.stages ?? [])].sort((a, b) => a - b);
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

function sharing({ stage, stageSince, ...shared }: SourceState, mine: SourceState): SourceState {
  return { stage: mine.stage, stageSince: mine.stageSince, ...shared };
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
  const { grantedAt, wrongAt = [], deafSince } = state;
  return [
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

/** Whether the lists are those that the specification has. */
export function areHeld(held: readonly List[], { lists }: Judgement): boolean {
  return isDeepStrictEqual(held.map(keyOf), lists);
}
