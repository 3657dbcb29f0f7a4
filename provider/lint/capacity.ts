import type { Policy } from "../policy/types";
import type { Finding, LintOptions } from "./finding";

/** xt_recent's `ip_list_tot` unless told (net/netfilter/xt_recent.c). */
export const DEFAULT_LIST_SLOTS = 100;

/** Below this many spoofed knocks a second no flood is needed to keep people out. */
const ENOUGH_PER_SECOND = 100;

/**
 * Whoever has heard the first knock can send it from made-up addresses. Each takes a slot of the list of those under
 * way, and a full list forgets the one who came first (net/netfilter/xt_recent.c: recent_entry_init).
 */
export function listCapacity(policy: Policy, { listSlots = DEFAULT_LIST_SLOTS }: LintOptions): Finding[] {
  if (policy.sequence === undefined) return [];
  const isSingle = policy.sequence.length === 1;
  const waitSeconds = isSingle ? policy.openForSeconds : policy.stepTimeoutSeconds;
  const perSecond = Math.ceil(listSlots / waitSeconds);
  if (perSecond >= ENOUGH_PER_SECOND) return [];
  const slots = ENOUGH_PER_SECOND * waitSeconds;
  return [
    {
      code: "list-capacity",
      severity: "note",
      reason:
        `with ${listSlots} slots in the kernel's list (ip_list_tot${listSlots === DEFAULT_LIST_SLOTS ? ", the default" : ""}), ${perSecond} spoofed ${isSingle ? "" : "first "}knocks a second ` +
        `push out someone who takes the full ${waitSeconds} s; it denies entry, it never grants`,
      remedy: `set \`options xt_recent ip_list_tot=${slots}\` in /etc/modprobe.d on the host, or lower ${isSingle ? "openForSeconds" : "stepTimeoutSeconds"}`,
      path: isSingle ? "openForSeconds" : "stepTimeoutSeconds",
    },
  ];
}
