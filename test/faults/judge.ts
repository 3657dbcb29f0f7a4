import { type Bench, OPERATIONS, type Operation, type State } from "./bench";
import type { Ended } from "./controller";
import type { Held } from "./rig";

/** What is wrong with a host that has settled after a fault, and with what the controller told about it. */
export async function judge(
  bench: Bench,
  operation: Operation,
  how: Ended,
  held: Held,
  state: State | undefined,
): Promise<string[]> {
  const { from, to } = OPERATIONS[operation];
  const misses: string[] = [];
  if (state !== from && state !== to) return [`half applied:\n${held.owned}`];
  if (!(await bench.isReached(state))) misses.push(`locked out: ${state} lets nobody in`);
  if (state === from && bench.rig.stored() !== bench.references.get(from)?.stored)
    misses.push("what is stored is not what is held");
  const lie = untruth(how, state === to);
  if (lie !== undefined) misses.push(lie);
  return misses;
}

/** What the controller says of the host's firewall must be so. */
export function untruth({ error, isKilled }: Ended, isDone: boolean): string | undefined {
  if (isKilled) return undefined;
  const says = error ? error.hostState : "done";
  const isTrue =
    says === "done" || says === "applied, not persisted"
      ? isDone
      : says === "unchanged" || says === "rolled back" || says?.startsWith("will roll back by itself")
        ? !isDone
        : says?.startsWith("unknown") === true;
  return isTrue
    ? undefined
    : `not true: ${says} (${error?.message}), but the host is ${isDone ? "as asked" : "as before"}`;
}
