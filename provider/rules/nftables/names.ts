import type { Family, HostChain } from "../../policy/types";
import type { Chain, Identity, List, Test } from "../ir";

/**
 * Names in the tables `ip portknock` and `ip6 portknock`. Those of a door are made of its id and of the number of a stage,
 * never of a port: error messages and diffs show them. Shared objects are named after the hook: `input`, `forward`.
 */

type Id = Pick<Identity, "id">;

export const TABLE = "portknock";
/** The set of sources that are under way to some door. */
export const KNOWN = "known";
export const FAMILIES: readonly Family[] = ["ipv4", "ipv6"];

/** A place where packets come to doors. What passes DOCKER-USER elsewhere passes the hook `forward`. */
export type Hook = "input" | "forward";
export const HOOKS: readonly Hook[] = ["input", "forward"];

export function hookOf(of: HostChain): Hook {
  return of === "INPUT" ? "input" : "forward";
}

/** `ip portknock`: what follows the verb of each line. */
export function tableOf(family: Family): string {
  return `${family === "ipv4" ? "ip" : "ip6"} ${TABLE}`;
}

/** The chain in which a door is asked of a port that several doors may have: for packets of its own interface. */
export function gateName({ id }: Id): string {
  return `PK-${id}-gate`;
}

/** The chain for what may be a door's first knock, by the hook: in both it may lead to another chain of the door. */
export function firstName({ id }: Id, hook: Hook): string {
  return hook === "input" ? `PK-${id}-first` : `PK-${id}-first-forward`;
}

export function chainName(chain: Chain, { id }: Id): string {
  if ("of" in chain) return sharedName(chain);
  const suffix = suffixOf(chain);
  return suffix === "" ? `PK-${id}` : `PK-${id}-${suffix}`;
}

/** Of the chains in which the compiler's rules stand on every host: those of a hook's other chains, place.ts names. */
function sharedName({ kind, of }: SharedChain): string {
  return kind === "own" ? `${hookOf(of)}-own` : hookOf(of);
}

type SharedChain = Extract<Chain, { readonly of: HostChain }>;

function suffixOf(chain: Exclude<Chain, SharedChain>): string {
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
      return SUFFIXES[chain.kind];
  }
}

const SUFFIXES = {
  door: "",
  allowed: "allow",
  denied: "deny",
  knocks: "knock",
  wrong: "wrong",
  tokens: "token",
  calendar: "C",
} as const;

/** The chain of that name, if it is one of the door's, or one by which packets come to it. */
export function chainOf(name: string, { id }: Id): Chain | undefined {
  const [, hook] = /^(input|forward)(?:-(?:more|more-first|pings|every|always))?$/.exec(name) ?? [];
  if (hook !== undefined) return { kind: "dispatcher", of: hook === "input" ? "INPUT" : "FORWARD" };
  if (name === "input-own") return { kind: "own", of: "INPUT" };
  if (name === gateName({ id }) || name === firstName({ id }, "input"))
    return { kind: "dispatcher", of: "INPUT" };
  if (name === firstName({ id }, "forward")) return { kind: "dispatcher", of: "FORWARD" };
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
  const kind = keysOf(SUFFIXES).find((one) => SUFFIXES[one] === suffix);
  return kind && { kind };
}

/** Of a token: the quota. Another prefix or place makes another set. */
export function listName(list: List, identity: Id, family: Family): string {
  const prefix = prefixOf(identity, family);
  switch (list.kind) {
    case "known":
    case "advanced":
      return list.kind;
    case "underWay":
      return `${prefix}u`;
    case "stage":
      return `${prefix}${list.slot ?? ""}${list.stage}`;
    case "token":
      return `${prefix}t${list.name}`;
    default: {
      const place = list.kind === "wrong" ? (list.place ?? "") : "";
      return `${prefix}${LISTS[list.kind]}${place}${bitsSuffix(list.prefix?.[family])}`;
    }
  }
}

const LISTS = { grant: "open", wrong: "wrong", deaf: "deaf" } as const;

/** The list of that name, if it is one of the door's in that family. */
export function listOf(name: string, identity: Id, family: Family): List | undefined {
  if (name === KNOWN) return { kind: KNOWN };
  const prefix = prefixOf(identity, family);
  if (!name.startsWith(prefix)) return undefined;
  if (name === `${prefix}u`) return { kind: "underWay" };
  const [, slot, stage, token, word, place, digits] =
    /^(?:(b)?(\d+)|t([0-9a-f]{8})|(open|wrong|deaf)(\d+)?(?:-(\d+))?)$/.exec(name.slice(prefix.length)) ?? [];
  if (token !== undefined) return { kind: "token", name: token };
  if (stage !== undefined) return { kind: "stage", stage: Number(stage), ...(slot && { slot: "b" }) };
  const bits = digits === undefined ? {} : { prefix: { [family]: Number(digits) } };
  const kind = keysOf(LISTS).find((one) => LISTS[one] === word);
  if (kind === "wrong") return { kind, ...bits, ...(place !== undefined && { place: Number(place) }) };
  return kind && place === undefined ? { kind, ...bits } : undefined;
}

/** An entry keeps the rate with which it was made, so another rate makes another set. */
export function rateName(rate: Extract<Test, { kind: "rate" }>, identity: Id, family: Family): string {
  const { connectionsPerMinute, burst, prefix } = rate;
  return `${prefixOf(identity, family)}rate-${connectionsPerMinute}-${burst}${bitsSuffix(prefix?.[family])}`;
}

function prefixOf({ id }: Id, family: Family): string {
  return `pk${family === "ipv4" ? 4 : 6}-${id}-`;
}

function bitsSuffix(bits: number | undefined): string {
  return bits === undefined ? "" : `-${bits}`;
}

function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(record) as Key[];
}
