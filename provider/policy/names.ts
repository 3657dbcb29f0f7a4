import { isIP, isIPv6 } from "node:net";

/** What a host and a door may be called, wherever such a name comes in. Neither needs quotes in any language that we write. */

/** A name, or an address of either family; IPv6 without brackets, and with its zone where it has one. */
export function isHost(value: unknown): value is string {
  if (typeof value !== "string" || value.length > 253) return false;
  const [address = "", zone, ...more] = value.split("%");
  if (zone !== undefined) return more.length === 0 && isIPv6(address) && ZONE.test(zone);
  return isIP(value) > 0 || HOST_NAME.test(value);
}

/** Letters of ASCII only: other names reach the DNS as `xn--…` (RFC 5891). */
const HOST_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** An interface (if_nametoindex(3)): up to 15 characters. */
const ZONE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/;

/** What a host must be, as the end of a message. */
export const HOST_RULE = "must be a host name or an address (IPv6 without brackets)";

/** What people call a door beside its host's address. */
export function isDoorName(value: unknown): value is string {
  return typeof value === "string" && DOOR_NAME.test(value);
}

const DOOR_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/;

export const DOOR_NAME_RULE =
  "must be a name of up to 200 letters (a to z), digits, `.`, `_` and `-` that begins with none of `.` and `-`";

/** The door's name of a text that may be any, such as a resource's name: `_` for each character that it must not have. */
export function doorNameOf(text: string): string {
  const name = Array.from(text, (character) => (/[A-Za-z0-9._-]/.test(character) ? character : "_")).join("");
  return name.replace(/^[.-]|^$/, "_").slice(0, 200);
}

/** What a key is derived for. It stands in no other program's text, so it is held to what people can read only. */
export function isLabel(value: unknown): value is string {
  return typeof value === "string" && /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,1000}$/u.test(value);
}
