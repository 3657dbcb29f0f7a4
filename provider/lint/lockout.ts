import type { Lockout, Policy } from "../policy/types";
import type { Finding } from "./finding";
import { type HostLists, settingOf } from "./hostLists";

/** What a subscriber has of IPv6: one network of this many bits at least (RFC 6177; RFC 4291, 2.5.1). */
const SUBSCRIBER_BITS = 64;

/**
 * What a lockout does not do, and what it does to others. No step needs an answer, a SYN neither, so whoever is on a network
 * that lets forged addresses out can send wrong knocks with any.
 */
export function lockouts(
  { lockout, families, grantPrefix }: Policy,
  lists: HostLists | undefined,
): Finding[] {
  if (lockout === undefined) return [];
  const isEvaded = families.includes("ipv6") && grantPrefix.ipv6 > SUBSCRIBER_BITS;
  const evaded: Finding = {
    code: "lockout-evaded",
    severity: "warning",
    reason:
      "wrong knocks are counted for each IPv6 address alone, and whoever is locked out has 2^64 more of them",
    remedy: `set grantPrefix.ipv6 to ${SUBSCRIBER_BITS} or less, and do not count on it: a network of 48 bits is 65536 of those`,
    path: "grantPrefix.ipv6",
  };
  const abused: Finding = {
    code: "lockout-abused",
    severity: "note",
    reason: `${lockout.wrongKnocks} packets with someone's address as their source lock that one out for ${lockout.forSeconds} s`,
    remedy:
      "keep forSeconds short, and list those who must always get in in allowFrom; one-time tokens are heard all the same",
    path: "lockout",
  };
  return [...(isEvaded ? [evaded] : []), ...(lists ? [lifted(lockout, lists)] : []), abused];
}

/** Forged packets fill a list, which then forgets the one who is locked out, or has no place for one more. */
function lifted({ wrongKnocks, forSeconds }: Lockout, lists: HostLists): Finding {
  if (lists.howToSet === undefined) {
    return {
      code: "lockout-lifted",
      severity: "note",
      reason: `the kernel's lists hold ${lists.slots} sources ${settingOf(lists)} and take nobody more: ${lists.slots * wrongKnocks} packets with forged addresses keep everyone else from being locked out for ${forSeconds} s`,
      remedy: "count on the length of the sequence alone",
      path: "lockout",
    };
  }
  return {
    code: "lockout-lifted",
    severity: "note",
    reason:
      `the kernel's lists hold ${lists.slots} sources ${settingOf(lists)} and forget the oldest: ${lists.slots * wrongKnocks} packets with forged ` +
      `addresses lift a lockout of ${forSeconds} s${wrongKnocks > 1 ? `, and ${lists.slots} keep one from coming about` : ""}`,
    remedy: `count on the length of the sequence alone; more slots (${lists.howToSet("…")}) ask for as many more packets`,
    path: "lockout",
  };
}
