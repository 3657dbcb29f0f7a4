import { type Bench, OPERATIONS, type Operation, type State } from "./bench";
import type { Ended } from "./controller";
import type { Held } from "./rig";

/** What a host was like when the controller told of it. */
export interface Seen {
  state: State | undefined;
  hasTimer: boolean;
}

/** What must be so of a host: at once, when that was said of it, and once it has settled. */
interface Claim {
  says: RegExp;
  atOnce: "as asked" | "as before" | "a timer, or as before" | "no timer" | "anything";
  settled: "as asked" | "as before" | "either" | "anything";
  /** After a boot, where it says something else of that. */
  booted?: Claim["settled"];
}

/** Every text of host/states.ts; one that is missing here counts as not true. */
const CLAIMS: Claim[] = [
  { says: /^done$/, atOnce: "as asked", settled: "as asked" },
  { says: /^applied, not read back/, atOnce: "as asked", settled: "as asked" },
  { says: /^applied, not persisted/, atOnce: "as asked", settled: "as asked", booted: "either" },
  { says: /^(unchanged$|rolled back)/, atOnce: "as before", settled: "as before" },
  { says: /^not rolled back yet/, atOnce: "a timer, or as before", settled: "as before" },
  {
    says: /^nothing of this .*tries again by itself$/,
    atOnce: "a timer, or as before",
    settled: "as before",
  },
  { says: /^nothing of this .*`pulumi up` tries again$/, atOnce: "no timer", settled: "anything" },
  { says: /^may hold part of the change/, atOnce: "no timer", settled: "anything" },
  { says: /^should roll back by itself within \d+ s/, atOnce: "anything", settled: "as before" },
  { says: /^unknown: unless the change was confirmed/, atOnce: "anything", settled: "either" },
];

/** What is wrong with a host that has settled after a fault, and with what the controller told about it. */
export async function judge(
  bench: Bench,
  operation: Operation,
  how: Ended,
  held: Held,
  seen: Seen | undefined,
): Promise<string[]> {
  const { from, to } = OPERATIONS[operation];
  const state = bench.stateOf(held);
  const misses = lies(how, operation, state, seen);
  if (state !== from && state !== to) {
    if (claimOf(how)?.settled !== "anything") return [...misses, `half applied:\n${held.owned}`];
    const isReached = (await bench.isReached(from)) || (await bench.isReached(to));
    return isReached ? misses : [...misses, "locked out"];
  }
  if (!(await bench.isReached(state))) misses.push(`locked out: ${state} lets nobody in`);
  if (state === from && bench.rig.stored() !== bench.references.get(from)?.stored)
    misses.push("what is stored is not what is held");
  return misses;
}

function claimOf({ error, isKilled }: Ended): Claim | undefined {
  if (isKilled) return undefined;
  const says = error ? (error.hostState ?? "") : "done";
  return CLAIMS.find((claim) => claim.says.test(says));
}

/** What of that which the controller said of the host's firewall is not so, or was not so when it was said. */
export function lies(
  how: Ended,
  operation: Operation,
  settled: State | undefined,
  seen?: Seen | undefined,
  afterwards: "settled" | "booted" = "settled",
): string[] {
  if (how.isKilled) return [];
  const { from, to } = OPERATIONS[operation];
  const claim = claimOf(how);
  const said = `${how.error ? how.error.hostState : "done"} (${how.error?.message ?? ""})`;
  if (claim === undefined) return [`nobody knows what is claimed by: ${said}`];
  const isBefore = seen?.state === from;
  const isSo = {
    "as asked": seen?.state === to,
    "as before": isBefore,
    "a timer, or as before": seen?.hasTimer || isBefore,
    "no timer": !seen?.hasTimer,
    anything: true,
  }[claim.atOnce];
  const isSoAfterwards = {
    "as asked": settled === to,
    "as before": settled === from,
    either: settled === from || settled === to,
    anything: true,
  }[claim[afterwards] ?? claim.settled];
  return [
    ...(seen && !isSo
      ? [
          `not true when it was said: ${said}; the host was in ${seen.state}, ${seen.hasTimer ? "a" : "no"} timer`,
        ]
      : []),
    ...(isSoAfterwards ? [] : [`not true: ${said}, but the host is in ${settled}`]),
  ];
}
