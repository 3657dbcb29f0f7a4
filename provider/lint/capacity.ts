import type { Policy } from "../policy/types";
import type { Finding } from "./finding";
import { type HostLists, settingOf } from "./hostLists";

/** Below this many spoofed knocks a second no flood is needed to keep people out. */
const ENOUGH_PER_SECOND = 100;

/**
 * Whoever has heard the first knock can send it from forged addresses. Each takes a slot of the list of those under
 * way, and a full list forgets the source that came first, or takes nobody more.
 */
export function listCapacity(policy: Policy, lists: HostLists | undefined): Finding[] {
  if (policy.sequence === undefined || lists === undefined) return [];
  const isSingle = policy.sequence.length === 1;
  const waitSeconds = isSingle ? policy.openForSeconds : policy.stepTimeoutSeconds;
  const perSecond = Math.ceil(lists.slots / waitSeconds);
  if (perSecond >= ENOUGH_PER_SECOND) return [];
  const slots = ENOUGH_PER_SECOND * waitSeconds;
  const name = isSingle ? "openForSeconds" : "stepTimeoutSeconds";
  const harm =
    lists.whenFull === "forgets the oldest"
      ? `push out someone who takes the full ${waitSeconds} s`
      : "keep everyone out who has not begun, and nobody who has";
  return [
    {
      code: "list-capacity",
      severity: "note",
      reason:
        `with ${lists.slots} slots in the kernel's list ${settingOf(lists)}, ${perSecond} spoofed ${isSingle ? "" : "first "}knocks a second ` +
        `${harm}; it denies entry, it never grants`,
      remedy: `${lists.howToSet ? `set ${lists.howToSet(String(slots))}, or ` : ""}lower ${name}`,
      path: name,
    },
  ];
}
