import type { Family } from "../policy/types";
import type { Chain, Identity, List, Test } from "./ir";

/**
 * Names of what is one door's on a host, the same for every firewall. Everyone may see them there, so they are made of a
 * hash of the door's name and the number of a stage, never of a port.
 */

type Id = Pick<Identity, "id">;

/** A chain that no other door has rules in. */
export type DoorChain = Exclude<Chain, { readonly of: unknown }>;

const CHAIN_SUFFIXES = {
  door: "",
  allowed: "allow",
  denied: "deny",
  knocks: "knock",
  wrong: "wrong",
  tokens: "token",
  calendar: "C",
} as const;

export function doorChainName(chain: DoorChain, { id }: Id): string {
  const suffix = chainSuffix(chain);
  return suffix === "" ? `PK-${id}` : `PK-${id}-${suffix}`;
}

function chainSuffix(chain: DoorChain): string {
  switch (chain.kind) {
    case "attempt":
      return chain.slot ? "B" : "A";
    case "stage":
      return `${chain.slot ? "B" : ""}${chain.stage}`;
    case "tokenRange":
      return `token${chain.digit}`;
    case "heard":
      return `${chain.slot ? "B" : ""}K${chain.knock}`;
    case "day":
      return `D${chain.date.replaceAll("-", "")}`;
    case "window":
      return `D${chain.date.replaceAll("-", "")}W${chain.time.replace(":", "")}`;
    default:
      return CHAIN_SUFFIXES[chain.kind];
  }
}

/** The chain of that name, if it is one of the door's. */
export function doorChainOf(name: string, { id }: Id): DoorChain | undefined {
  if (name === `PK-${id}`) return { kind: "door" };
  if (!name.startsWith(`PK-${id}-`)) return undefined;
  const suffix = name.slice(`PK-${id}-`.length);
  const [, mark, isHeard, number] = /^(B?)(K?)(\d+)$/.exec(suffix) ?? [];
  const slot = mark || suffix === "B" ? { slot: "b" as const } : {};
  if (number !== undefined && isHeard) return { kind: "heard", knock: Number(number), ...slot };
  if (number !== undefined) return { kind: "stage", stage: Number(number), ...slot };
  if (suffix === "A" || suffix === "B") return { kind: "attempt", ...slot };
  const [, digit] = /^token([0-9a-f])$/.exec(suffix) ?? [];
  if (digit !== undefined) return { kind: "tokenRange", digit };
  const [, day, hour] = /^D(\d{8})(?:W(\d{4}))?$/.exec(suffix) ?? [];
  const date = day?.replace(/^(....)(..)/, "$1-$2-");
  if (date !== undefined && hour !== undefined) {
    return { kind: "window", date, time: hour.replace(/^../, "$&:") };
  }
  if (date !== undefined) return { kind: "day", date };
  const kind = keysOf(CHAIN_SUFFIXES).find((one) => CHAIN_SUFFIXES[one] === suffix);
  return suffix === "" || kind === undefined ? undefined : { kind };
}

/** A list that no other door uses. */
export type DoorList = Exclude<List, { readonly kind: "known" } | { readonly kind: "advanced" }>;

const LIST_SUFFIXES = { grant: "open", wrong: "wrong", deaf: "deaf" } as const;

/** Each family has its own, and so have each prefix and each place. */
export function doorListName(list: DoorList, identity: Id, family: Family): string {
  const prefix = listPrefix(identity, family);
  switch (list.kind) {
    case "underWay":
      return `${prefix}u`;
    case "stage":
      return `${prefix}${list.slot ?? ""}${list.stage}`;
    case "token":
      return `${prefix}t${list.name}`;
    default: {
      const place = list.kind === "wrong" ? (list.place ?? "") : "";
      return `${prefix}${LIST_SUFFIXES[list.kind]}${place}${bitsSuffix(list.prefix?.[family])}`;
    }
  }
}

/** The list of that name, if it is one of the door's in that family. */
export function doorListOf(name: string, identity: Id, family: Family): DoorList | undefined {
  const prefix = listPrefix(identity, family);
  if (!name.startsWith(prefix)) return undefined;
  if (name === `${prefix}u`) return { kind: "underWay" };
  const [, slot, stage, token, word, place, digits] =
    /^(?:(b)?(\d+)|t([0-9a-f]{8})|(open|wrong|deaf)(\d+)?(?:-(\d+))?)$/.exec(name.slice(prefix.length)) ?? [];
  if (token !== undefined) return { kind: "token", name: token };
  if (stage !== undefined) return { kind: "stage", stage: Number(stage), ...(slot && { slot: "b" }) };
  const bits = digits === undefined ? {} : { prefix: { [family]: Number(digits) } };
  const kind = keysOf(LIST_SUFFIXES).find((one) => LIST_SUFFIXES[one] === word);
  if (kind === "wrong") return { kind, ...bits, ...(place !== undefined && { place: Number(place) }) };
  return kind && place === undefined ? { kind, ...bits } : undefined;
}

/** What counts a rate keeps the rate with which it was made, so another rate makes another. */
export function rateName(rate: Extract<Test, { kind: "rate" }>, identity: Id, family: Family): string {
  const { connectionsPerMinute, burst, prefix } = rate;
  return `${listPrefix(identity, family)}rate-${connectionsPerMinute}-${burst}${bitsSuffix(prefix?.[family])}`;
}

function listPrefix({ id }: Id, family: Family): string {
  return `${familyPrefix(family)}${id}-`;
}

/** What the names of a family's lists begin with. */
export function familyPrefix(family: Family): string {
  return `pk${family === "ipv4" ? 4 : 6}-`;
}

function bitsSuffix(bits: number | undefined): string {
  return bits === undefined ? "" : `-${bits}`;
}

function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(record) as Key[];
}
