import type { Observed } from "../../rules/backend";
import type { ScriptOutcome } from "../execute";
import type { Answers } from "../protocol";
import type { HostState } from "../states";

/** Judges the rules on a host. */
interface Look {
  readonly isDone: (observed: Observed) => boolean;
  readonly isUndone: (observed: Observed) => boolean;
}

/** How the confirm ended before the abort; `not asked`: no fresh connection got through the new rules. */
type Confirming = "not asked" | "refused" | "unseen";

/** Whether a confirm without a visible end did its work: nothing is pending, and the new rules are there. */
export function isKept(answer: Answers["abort"], { isDone }: Look, confirming: Confirming): boolean {
  const { outcome, reading } = answer;
  if (outcome === "confirmed") return true;
  const isSeen = confirming === "unseen" && reading.kind === "read" && isDone(reading.report.observed);
  return outcome === "not pending" && isSeen;
}

/** The state of the host's firewall if the abort does not show that the change was kept. */
export function stateAfterAbort(
  ending: ScriptOutcome<"abort">,
  { isDone, isUndone }: Look,
  confirming: Confirming,
  seconds: number,
): HostState {
  // A host that received the confirm may have confirmed, whatever its answer.
  const unseen: HostState = { kind: confirming === "unseen" ? "unknown" : "pending", seconds };
  if (ending.kind === "unseen") return unseen;
  if (ending.kind === "refused") {
    const { left } = ending.refusal;
    if (left === "no timer") return { kind: "no timer" };
    return left === "timer" ? { kind: "timer left", seconds } : unseen;
  }
  const { outcome, reading } = ending.answer;
  if (outcome === "rolled back") return { kind: "rolled back" };
  if (reading.kind === "unread") return { kind: "unread" };
  const { observed } = reading.report;
  if (isUndone(observed)) return { kind: "rolled back" };
  return { kind: isDone(observed) ? "applied, not confirmed" : "neither" };
}
