import type { Policy } from "../policy/types";
import type { Finding } from "./finding";
import { type HostLists, settingOf } from "./hostLists";

/** Below this many spoofed knocks a second no flood is needed to keep people out. */
const ENOUGH_PER_SECOND = 100;

/**
 * Whoever has heard the first knock can send it from forged addresses. Each takes a slot of the list of those under
 * way, and a full list forgets the source that came first.
 */
export function listCapacity(policy: Policy, lists: HostLists | undefined): Finding[] {
  if (policy.sequence === undefined || lists === undefined) return [];
  const isSingle = policy.sequence.length === 1;
  const waitSeconds = isSingle ? policy.openForSeconds : policy.stepTimeoutSeconds;
  const perSecond = Math.ceil(lists.slots / waitSeconds);
  if (perSecond >= ENOUGH_PER_SECOND) return [];
  const slots = ENOUGH_PER_SECOND * waitSeconds;
  return [
    {
      code: "list-capacity",
      severity: "note",
      reason:
        `with ${lists.slots} slots in the kernel's list ${settingOf(lists)}, ${perSecond} spoofed ${isSingle ? "" : "first "}knocks a second ` +
        `push out someone who takes the full ${waitSeconds} s; it denies entry, it never grants`,
      remedy: `set ${lists.howToSet(String(slots))}, or lower ${isSingle ? "openForSeconds" : "stepTimeoutSeconds"}`,
      path: isSingle ? "openForSeconds" : "stepTimeoutSeconds",
    },
  ];
}
