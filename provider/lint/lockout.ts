import type { Policy } from "../policy/types";
import { DEFAULT_LIST_SLOTS } from "./capacity";
import type { Finding, LintOptions } from "./finding";

/** What a subscriber has of IPv6: one network of this many bits at least (RFC 6177; RFC 4291, 2.5.1). */
const SUBSCRIBER_BITS = 64;

/**
 * What a lockout does not do, and what it does to others. No step needs an answer, a SYN neither, so whoever is on a network
 * that lets forged addresses out can send wrong knocks with any.
 */
export function lockouts(
  { lockout, families, grantPrefix }: Policy,
  { listSlots = DEFAULT_LIST_SLOTS }: LintOptions,
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
  const packets = listSlots * lockout.wrongKnocks;
  const isDefault = listSlots === DEFAULT_LIST_SLOTS ? ", the default" : "";
  const lifted: Finding = {
    code: "lockout-lifted",
    severity: "note",
    reason:
      `the kernel's lists hold ${listSlots} sources (ip_list_tot${isDefault}) and forget the oldest: ${packets} packets with forged ` +
      `addresses lift a lockout of ${lockout.forSeconds} s${lockout.wrongKnocks > 1 ? `, and ${listSlots} keep one from coming about` : ""}`,
    remedy:
      "count on the length of the sequence alone; more slots (`options xt_recent ip_list_tot=…` in /etc/modprobe.d on the host) ask for as many more packets",
    path: "lockout",
  };
  const abused: Finding = {
    code: "lockout-abused",
    severity: "note",
    reason: `${lockout.wrongKnocks} packets with someone's address as their source lock that one out for ${lockout.forSeconds} s`,
    remedy:
      "keep forSeconds short, and list those who must always get in in allowFrom; one-time tokens are heard all the same",
    path: "lockout",
  };
  return [...(isEvaded ? [evaded] : []), lifted, abused];
}
