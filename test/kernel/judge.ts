import type { Policy } from "../../provider/policy/types";
import { newcomer, onPacket } from "../../provider/rules/automaton";
import type { List } from "../../provider/rules/ir";
import type { Answer, Shot } from "./inject";

export type Verdict = ReturnType<typeof onPacket>["verdict"];

/** What the specification says of a word. */
export interface Judgement {
  readonly verdicts: readonly Verdict[];
  /** Whether each packet is a try at the door. */
  readonly isDoor: readonly boolean[];
  /** How close a packet's time came to a limit: what is too close, the kernel's clock may see on the other side. */
  readonly marginMs: number;
  /** The lists that hold the source at the end. */
  readonly lists: readonly List[];
}

/** Runs a word through the automaton. */
export function judge(policy: Policy, shots: readonly Pick<Shot, "atMs" | "packet" | "flags">[]): Judgement {
  const verdicts: Verdict[] = [];
  const isDoor: boolean[] = [];
  let marginMs = Number.POSITIVE_INFINITY;
  let state = newcomer;
  // A stage that timed out is left, and its list still holds the source: time alone takes nobody off a list.
  const held = new Set<number>();
  for (const { atMs, packet, flags } of shots) {
    const at = atMs / 1000;
    const ages = [
      ...(state.stage > 0 ? [at - state.stageSince - policy.stepTimeoutSeconds] : []),
      ...(state.grantedAt === undefined ? [] : [at - state.grantedAt - policy.openForSeconds]),
    ];
    marginMs = Math.min(marginMs, ...ages.map((age) => Math.abs(age) * 1000));
    const { verdict, state: next } = onPacket(policy, state, packet, at);
    isDoor.push(verdict !== "pass");
    if (flags === "bogus") {
      verdicts.push(verdict === "pass" ? "pass" : "drop");
      continue;
    }
    verdicts.push(verdict);
    const isInTime = at - state.stageSince <= policy.stepTimeoutSeconds;
    if (next !== state && isInTime) held.delete(state.stage);
    if (next.stage > 0) held.add(next.stage);
    state = next;
  }
  const grant: List[] = state.grantedAt === undefined ? [] : [{ kind: "grant" }];
  const stages = [...held].sort((a, b) => a - b).map((stage): List => ({ kind: "stage", stage }));
  return { verdicts, isDoor, marginMs, lists: [...grant, ...stages] };
}

/**
 * What a host did with a packet. The hosts' own rules prohibit what the door leaves to them on its ports (host.ts); on
 * every other port the kernel itself answers what reaches it.
 */
export function verdictOf(answer: Answer, isDoor: boolean): Verdict {
  if (answer === "none") return "drop";
  return isDoor && answer !== "prohibited" ? "accept" : "pass";
}
