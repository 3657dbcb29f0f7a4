import type { Family, HostChain } from "../../policy/types";
import { doorChainName, doorChainOf, doorListName, doorListOf, familyPrefix } from "../doorNames";
import type { Chain, Identity, List } from "../ir";

/**
 * Names in a table of iptables, besides those that doors have everywhere (doorNames.ts). A chain's name has at most 28 characters (x_tables.h: XT_EXTENSION_MAXNAMELEN), a list's 199
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

export function chainName(chain: Chain, identity: Pick<Identity, "id">): string {
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
    default:
      return doorChainName(chain, identity);
  }
}

/** The chain of that name, if it is a dispatcher or one of the door's. */
export function chainOf(name: string, identity: Pick<Identity, "id">): Chain | undefined {
  const of = HOST_CHAINS.find((one) => name === chainName({ kind: "dispatcher", of: one }, identity));
  if (of !== undefined) return { kind: "dispatcher", of };
  const shared = SHARED_CHAIN.exec(name);
  return shared ? sharedChain(HOST_CHAINS[Number(shared[1])], shared[2]) : doorChainOf(name, identity);
}

function sharedChain(of: HostChain | undefined, name = ""): Chain | undefined {
  if (of === undefined) return undefined;
  if (name === "every" || name === "own") return { kind: name, of };
  if (name === "way") return { kind: "underWay", of };
  if (/^(?:f(?:tcp|udp)\d+|orig|ping)$/.test(name)) return { kind: "firsts", of, name };
  return /^(?:|est|r?(?:tcp|udp)\d+)$/.test(name) ? { kind: "part", of, name } : undefined;
}

/**
 * IPv4 and IPv6 would share a list of one name and its 100 slots, so each family has its own. A list keeps the mask of
 * the first rule that names it (net/netfilter/xt_recent.c), so another mask makes another list.
 */
export function listName(list: List, identity: Pick<Identity, "id">, family: Family): string {
  return list.kind === "known" || list.kind === "advanced"
    ? sharedListName(list.kind, family)
    : doorListName(list, identity, family);
}

function sharedListName(kind: "known" | "advanced", family: Family): string {
  return `${familyPrefix(family)}${kind === "known" ? "known" : "known2"}`;
}

/** The list of that name, if it is one of the door's in that family. One list counts all wrong knocks of a source. */
export function listOf(name: string, identity: Pick<Identity, "id">, family: Family): List | undefined {
  const kind = (["known", "advanced"] as const).find((one) => name === sharedListName(one, family));
  const list = kind ? { kind } : doorListOf(name, identity, family);
  return list?.kind === "wrong" && list.place !== undefined ? undefined : list;
}
