import type { Family, HostChain } from "../../policy/types";
import type { Chain, Identity, List, Test } from "../ir";

/**
 * Names on the host. Everyone can read them there, so they are made of a hash of the door's name and the number of a stage,
 * never of a port. A chain's name has at most 28 characters (x_tables.h: XT_EXTENSION_MAXNAMELEN), a list's 199
 * (net/netfilter/xt_recent.c: XT_RECENT_NAME_LEN).
 */

/** The jump from a host's chain to its dispatcher carries this comment. */
export const JUMP_COMMENT = "portknock";

const DISPATCHER = "PORTKNOCK";
export const HOST_CHAINS: readonly HostChain[] = ["INPUT", "FORWARD", "DOCKER-USER"];

/**
 * What all doors of a host share in one of its chains stands in chains that are called like those of a door of this id,
 * which no door has. A release that knows nothing of them takes them for one door, and lets them be.
 */
export function sharedId(of: HostChain): string {
  return `000000000${HOST_CHAINS.indexOf(of)}`;
}

const SHARED_CHAIN = /^PK-000000000([012])(?:-([0-9A-Za-z]+))?$/;

/** Whether chains of this id are shared by all doors. */
export function isSharedId(id: string): boolean {
  return HOST_CHAINS.some((of) => id === sharedId(of));
}

export function chainName(chain: Chain, { id }: Pick<Identity, "id">): string {
  switch (chain.kind) {
    case "every":
    case "own":
      return `PK-${sharedId(chain.of)}-${chain.kind}`;
    case "underWay":
      return `PK-${sharedId(chain.of)}-way`;
    case "part":
    case "firsts":
      return `PK-${sharedId(chain.of)}${chain.name && `-${chain.name}`}`;
    case "dispatcher":
      return chain.of === "INPUT" ? DISPATCHER : `${DISPATCHER}-${chain.of}`;
    case "door":
      return `PK-${id}`;
    case "attempt":
      return `PK-${id}-${chain.slot ? "B" : "A"}`;
    case "stage":
      return `PK-${id}-${chain.slot ? "B" : ""}${chain.stage}`;
    case "tokenRange":
      return `PK-${id}-token${chain.digit}`;
    case "heard":
      return `PK-${id}-${chain.slot ? "B" : ""}K${chain.knock}`;
    case "day":
      return `PK-${id}-D${chain.date.replaceAll("-", "")}`;
    case "window":
      return `PK-${id}-D${chain.date.replaceAll("-", "")}W${chain.time.replace(":", "")}`;
    default:
      return `PK-${id}-${CHAIN_SUFFIXES[chain.kind]}`;
  }
}

const CHAIN_SUFFIXES = {
  allowed: "allow",
  denied: "deny",
  knocks: "knock",
  wrong: "wrong",
  tokens: "token",
  calendar: "C",
} as const;

/** The chain of that name, if it is a dispatcher or one of the door's. */
export function chainOf(name: string, { id }: Pick<Identity, "id">): Chain | undefined {
  const of = HOST_CHAINS.find((one) => name === chainName({ kind: "dispatcher", of: one }, { id }));
  if (of !== undefined) return { kind: "dispatcher", of };
  const shared = SHARED_CHAIN.exec(name);
  if (shared) return sharedChain(HOST_CHAINS[Number(shared[1])], shared[2]);
  const [matched, suffix] =
    /^PK-[0-9a-f]{10}(?:-(B?K?\d+|token[0-9a-f]|D\d{8}(?:W\d{4})?|[A-Za-z]+))?$/.exec(name) ?? [];
  if (matched === undefined || !name.startsWith(`PK-${id}`)) return undefined;
  if (suffix === undefined) return { kind: "door" };
  const slot = suffix.startsWith("B") ? { slot: "b" as const } : {};
  if (suffix === "A" || suffix === "B") return { kind: "attempt", ...slot };
  const [, digit] = /^token([0-9a-f])$/.exec(suffix) ?? [];
  if (digit !== undefined) return { kind: "tokenRange", digit };
  const [, date, time] = /^D(\d{8})(?:W(\d{4}))?$/.exec(suffix) ?? [];
  if (date !== undefined) return dayOrWindow(date.replace(/^(....)(..)/, "$1-$2-"), time);
  const [, isKnock, number] = /^B?(K?)(\d+)$/.exec(suffix) ?? [];
  if (isKnock) return { kind: "heard", knock: Number(number), ...slot };
  if (number !== undefined) return { kind: "stage", stage: Number(number), ...slot };
  const kind = (Object.keys(CHAIN_SUFFIXES) as (keyof typeof CHAIN_SUFFIXES)[]).find(
    (one) => CHAIN_SUFFIXES[one] === suffix,
  );
  return kind && { kind };
}

function sharedChain(of: HostChain | undefined, name = ""): Chain | undefined {
  if (of === undefined) return undefined;
  if (name === "every" || name === "own") return { kind: name, of };
  if (name === "way") return { kind: "underWay", of };
  if (/^(?:f(?:tcp|udp)\d+|orig|ping)$/.test(name)) return { kind: "firsts", of, name };
  return /^(?:|est|r?(?:tcp|udp)\d+)$/.test(name) ? { kind: "part", of, name } : undefined;
}

function dayOrWindow(date: string, time: string | undefined): Chain {
  return time === undefined
    ? { kind: "day", date }
    : { kind: "window", date, time: time.replace(/^../, "$&:") };
}

/**
 * IPv4 and IPv6 would share a list of one name and its 100 slots, so each family has its own. A list keeps the mask of
 * the first rule that names it (net/netfilter/xt_recent.c), so another mask makes another list.
 */
export function listName(list: List, identity: Pick<Identity, "id">, family: Family): string {
  const prefix = listPrefix(identity, family);
  switch (list.kind) {
    case "known":
    case "advanced":
      return sharedListName(list.kind, family);
    case "underWay":
      return `${prefix}u`;
    case "stage":
      return `${prefix}${list.slot ?? ""}${list.stage}`;
    case "token":
      return `${prefix}t${list.name}`;
    default:
      return `${prefix}${LIST_SUFFIXES[list.kind]}${bitsSuffix(list.prefix?.[family])}`;
  }
}

function sharedListName(kind: "known" | "advanced", family: Family): string {
  return `${familyPrefix(family)}${kind === "known" ? "known" : "known2"}`;
}

const LIST_SUFFIXES = { grant: "open", wrong: "wrong", deaf: "deaf" } as const;

/** The list of that name, if it is one of the door's in that family. */
export function listOf(name: string, identity: Pick<Identity, "id">, family: Family): List | undefined {
  const shared = (["known", "advanced"] as const).find((kind) => name === sharedListName(kind, family));
  if (shared) return { kind: shared };
  const prefix = listPrefix(identity, family);
  if (!name.startsWith(prefix)) return undefined;
  if (name === `${prefix}u`) return { kind: "underWay" };
  const [, slot, stage, token, suffix, bits] =
    /^(?:(b)?(\d+)|t([0-9a-f]{8})|([a-z]+)(?:-(\d+))?)$/.exec(name.slice(prefix.length)) ?? [];
  if (token !== undefined) return { kind: "token", name: token };
  if (stage !== undefined) return { kind: "stage", stage: Number(stage), ...(slot && { slot: "b" }) };
  const kind = (Object.keys(LIST_SUFFIXES) as (keyof typeof LIST_SUFFIXES)[]).find(
    (one) => LIST_SUFFIXES[one] === suffix,
  );
  return kind && { kind, ...(bits !== undefined && { prefix: { [family]: Number(bits) } }) };
}

/** The name of a rate's table; hashlimit keeps what the first rule of a name asks for (net/netfilter/xt_hashlimit.c). */
export function rateName(
  rate: Extract<Test, { kind: "rate" }>,
  identity: Pick<Identity, "id">,
  family: Family,
): string {
  const { connectionsPerMinute, burst, prefix } = rate;
  return `${listPrefix(identity, family)}rate-${connectionsPerMinute}-${burst}${bitsSuffix(prefix?.[family])}`;
}

function listPrefix({ id }: Pick<Identity, "id">, family: Family): string {
  return `${familyPrefix(family)}${id}-`;
}

function familyPrefix(family: Family): string {
  return `pk${family === "ipv4" ? 4 : 6}-`;
}

function bitsSuffix(bits: number | undefined): string {
  return bits === undefined ? "" : `-${bits}`;
}
