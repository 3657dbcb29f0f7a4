import { isIP, isIPv6 } from "node:net";

/**
 * The names that hosts and doors may have, wherever a name comes from. None needs quotes in any language that we
 * write.
 */

/** A host name, or an address of either family: IPv6 without brackets, possibly with a zone. */
export function isHost(value: unknown): value is string {
  if (typeof value !== "string" || value.length > 253) return false;
  const [address = "", zone, ...more] = value.split("%");
  if (zone !== undefined) return more.length === 0 && isIPv6(address) && ZONE.test(zone);
  return isIP(value) > 0 || HOST_NAME.test(value);
}

/** Whether a host is given by its address. */
export function isAddress(host: string): boolean {
  return isIP(host.split("%")[0] ?? "") > 0;
}

/** Letters of ASCII only: other names reach the DNS as `xn--…` (RFC 5891). */
const HOST_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** An interface (if_nametoindex(3)): up to 15 characters. */
const ZONE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/;

/** The rule for hosts, as the end of a message. */
export const HOST_RULE = "must be a host name or an address (IPv6 without brackets)";

/** A name for a door, besides its host's address. */
export function isDoorName(value: unknown): value is string {
  return typeof value === "string" && DOOR_NAME.test(value);
}

const DOOR_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/;

export const DOOR_NAME_RULE =
  "must be a name of up to 200 letters (a to z), digits, `.`, `_` and `-`, and must not begin with `.` or `-`";

/** A door's name from any text, such as a resource's name: each character that is not allowed becomes `_`. */
export function doorNameOf(text: string): string {
  const name = Array.from(text, (character) => (/[A-Za-z0-9._-]/.test(character) ? character : "_")).join("");
  return name.replace(/^[.-]|^$/, "_").slice(0, 200);
}

/** The host or door for which a key is derived. No other program reads it, so it only has to be readable text. */
export function isLabel(value: unknown): value is string {
  return typeof value === "string" && /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,1000}$/u.test(value);
}
