import { BlockList, isIP } from "node:net";
import { limits } from "./limits";
import type { Family, Policy } from "./types";

/** A network in its canonical form: `192.0.2.0/24`, `2001:db8::/32`. */
export interface Network {
  readonly family: Family;
  readonly address: string;
  readonly bits: number;
}

export const FAMILIES: readonly Family[] = ["ipv4", "ipv6"];

/** How many bits an address has. */
export const ADDRESS_BITS: { readonly [F in Family]: number } = { ipv4: 32, ipv6: 128 };

/**
 * Reads an address or a network (RFC 4632; RFC 4291, 2.3). Undefined for any other text, for bits set after the
 * prefix, and for a prefix of 0 bits, which is everyone.
 */
export function parseNetwork(text: string): Network | undefined {
  const [, address = "", prefix] = /^([0-9A-Fa-f:.]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = familyOf(address);
  if (family === undefined) return undefined;
  const bits = prefix === undefined ? ADDRESS_BITS[family] : Number(prefix);
  if (bits < limits.networkBits.min || bits > ADDRESS_BITS[family]) return undefined;
  const number = toNumber(address, family);
  const isNetwork = number === (number & toNumber(maskOf(bits, family), family));
  return isNetwork ? { family, address: toText(number, family), bits } : undefined;
}

export function formatNetwork({ address, bits }: Network): string {
  return `${address}/${bits}`;
}

/** The mask of a number of bits, as an address: `255.255.255.0`, `ffff:ffff::`. */
export function maskOf(bits: number, family: Family): string {
  const size = ADDRESS_BITS[family];
  return toText(((1n << BigInt(bits)) - 1n) << BigInt(size - bits), family);
}

/** The network of that many bits that contains an address. */
export function networkOf(address: string, bits: number): string {
  const family = familyOf(address) ?? "ipv4";
  const number = toNumber(address, family) & toNumber(maskOf(bits, family), family);
  return formatNetwork({ family, address: toText(number, family), bits });
}

/** What `allowFrom` and `denyFrom` say about an address; `denyFrom` wins. */
export function networkAccessOf(
  policy: Pick<Policy, "allowFrom" | "denyFrom">,
  address: string,
): NetworkAccess {
  if (contains(policy.denyFrom, address)) return "denied";
  return contains(policy.allowFrom, address) ? "allowed" : "stranger";
}

export type NetworkAccess = "stranger" | "allowed" | "denied";

/** Whether an address is in one of the networks. */
export function contains(networks: readonly string[], address: string): boolean {
  const list = new BlockList();
  for (const { family, address, bits } of networks.flatMap((text) => parseNetwork(text) ?? [])) {
    list.addSubnet(address, bits, family);
  }
  return list.check(address, familyOf(address) ?? "ipv4");
}

function familyOf(address: string): Family | undefined {
  const version = isIP(address);
  return version === 4 ? "ipv4" : version === 6 ? "ipv6" : undefined;
}

function toNumber(address: string, family: Family): bigint {
  if (family === "ipv4") return address.split(".").reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  // URLs write an address in groups of hexadecimal digits alone (WHATWG URL, IPv6 serializer).
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (text = "") => (text === "" ? [] : text.split(":"));
  const zeros = 8 - groups(head).length - groups(tail).length;
  return [...groups(head), ...new Array<string>(zeros).fill("0"), ...groups(tail)].reduce(
    (sum, group) => sum * 65_536n + BigInt(`0x${group}`),
    0n,
  );
}

function toText(number: bigint, family: Family): string {
  if (family === "ipv4") return [24n, 16n, 8n, 0n].map((shift) => (number >> shift) & 255n).join(".");
  const digits = number.toString(16).padStart(32, "0");
  return new URL(`http://[${digits.match(/.{4}/g)?.join(":")}]`).hostname.slice(1, -1);
}

/** Whether an interface's name matches lo, where packets of a host to itself arrive; a final `+` matches any ending. */
export function includesLoopback(name: string): boolean {
  return name.endsWith("+") ? "lo".startsWith(name.slice(0, -1)) : name === "lo";
}
