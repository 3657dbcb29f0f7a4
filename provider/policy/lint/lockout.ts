import type { Policy } from "../types";
import type { Finding } from "./finding";

/** What a subscriber has of IPv6: one network of this many bits at least (RFC 6177; RFC 4291, 2.5.1). */
const SUBSCRIBER_BITS = 64;

/** What a lockout does not do, and what it does to others. */
export function lockouts({ lockout, families, grantPrefix }: Policy): Finding[] {
  if (lockout === undefined) return [];
  const isEvaded = families.includes("ipv6") && grantPrefix.ipv6 > SUBSCRIBER_BITS;
  const evaded: Finding = {
    code: "lockout-evaded",
    severity: "warning",
    reason:
      "wrong knocks are counted for each IPv6 address alone, and whoever is locked out has 2^64 more of them",
    remedy: `set grantPrefix.ipv6 to ${SUBSCRIBER_BITS} or less`,
    path: "grantPrefix.ipv6",
  };
  const abused: Finding = {
    code: "lockout-abused",
    severity: "note",
    reason: `${lockout.wrongKnocks} packets with someone's address as their source lock that one out for ${lockout.forSeconds} s`,
    remedy: "keep forSeconds short, and list those who must always get in in allowFrom",
    path: "lockout",
  };
  return [...(isEvaded ? [evaded] : []), abused];
}
