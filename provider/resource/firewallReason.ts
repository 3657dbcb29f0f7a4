import { firewallOf } from "../door/backend";
import type { Door } from "../door/door";
import type { Properties } from "../door/properties";

const WORKS = "iptables works on the host";
const THERE_BEFORE = "the door was there before";

/** Why a new door is in the firewall that it is in. */
export function reasonOfNew({ wantedBackend }: Door, { firewall }: Properties): string {
  if (wantedBackend !== "auto") return ASKED;
  return firewall === undefined ? WORKS : THERE_BEFORE;
}

const ASKED = "`backend` asks for it";

/** Why a door is in the firewall in which nothing else works. */
export function reasonOfOther(reason: string): string {
  return `iptables does not work on the host: ${reason}`;
}

/** Why a door stays where it is, or moves: what was said of it when `auto` put it there still holds. */
export function reasonAfter({ wantedBackend }: Door, olds: Properties): string {
  if (wantedBackend !== "auto") return ASKED;
  const wasChosen = firewallOf(olds.backend, undefined) === undefined;
  return wasChosen && typeof olds.firewallReason === "string" ? olds.firewallReason : THERE_BEFORE;
}
