import { createHash } from "node:crypto";
import type { Family } from "../policy/types";
import type { Chain, Identity, List } from "./ir";

/**
 * Names on the host. Any local user can read list names (/proc/net/xt_recent is 0644), so they are made of a hash of
 * the door's name and the number of a stage, never of a port. Chain names are at most 28 characters (x_tables.h:
 * XT_EXTENSION_MAXNAMELEN), list names 199 (net/netfilter/xt_recent.c: XT_RECENT_NAME_LEN).
 */

/** The jump from INPUT to the dispatcher carries this comment. */
export const JUMP_COMMENT = "portknock";

const DISPATCHER = "PORTKNOCK";

/**
 * The identity of a door. `owner` is its stack-qualified name; the host is part of the hash, so that replacing a door
 * by one on another address of the same machine is refused as a second door for the port, not mistaken for an update.
 */
export function identify(owner: string, host: string): Identity {
  return {
    id: createHash("sha256").update(`${owner}\n${host}`).digest("hex").slice(0, 10),
    owner: ownerText(owner),
  };
}

/** A name as it may stand in a rule's comment, unescaped and within its 255 characters (xt_comment.h). */
export function ownerText(owner: string): string {
  return owner.replace(/[^A-Za-z0-9._:/@-]/g, "_").slice(0, 200);
}

export function chainName(chain: Chain, { id }: Pick<Identity, "id">): string {
  switch (chain.kind) {
    case "dispatcher":
      return DISPATCHER;
    case "door":
      return `PK-${id}`;
    case "attempt":
      return `PK-${id}-A`;
    case "stage":
      return `PK-${id}-${chain.stage}`;
  }
}

/** The chain of that name, if it is the dispatcher or one of the door's. */
export function chainOf(name: string, { id }: Pick<Identity, "id">): Chain | undefined {
  if (name === DISPATCHER) return { kind: "dispatcher" };
  const [matched, suffix] = /^PK-[0-9a-f]{10}(?:-(A|\d+))?$/.exec(name) ?? [];
  if (matched === undefined || !name.startsWith(`PK-${id}`)) return undefined;
  if (suffix === undefined) return { kind: "door" };
  return suffix === "A" ? { kind: "attempt" } : { kind: "stage", stage: Number(suffix) };
}

/** IPv4 and IPv6 would share a list of one name and its 100 slots, so each family has its own. */
export function listName(list: List, { id }: Pick<Identity, "id">, family: Family): string {
  return `pk${family === "ipv4" ? 4 : 6}-${id}-${list.kind === "grant" ? "open" : list.stage}`;
}

/** The list of that name, if it is one of the door's in that family. */
export function listOf(name: string, { id }: Pick<Identity, "id">, family: Family): List | undefined {
  const prefix = `pk${family === "ipv4" ? 4 : 6}-${id}-`;
  if (!name.startsWith(prefix)) return undefined;
  const suffix = name.slice(prefix.length);
  if (suffix === "open") return { kind: "grant" };
  return /^\d+$/.test(suffix) ? { kind: "stage", stage: Number(suffix) } : undefined;
}
