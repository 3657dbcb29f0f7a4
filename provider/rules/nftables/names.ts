import type { Family, HostChain } from "../../policy/types";
import { isShared } from "../dispatcher";
import { doorChainName, doorChainOf, doorListName, doorListOf } from "../doorNames";
import type { Chain, Identity, List } from "../ir";

/**
 * Names in the tables `ip portknock` and `ip6 portknock`, besides those that doors have everywhere (doorNames.ts). Shared
 * objects are named after the hook: `input`, `forward`.
 */

type Id = Pick<Identity, "id">;

export const TABLE = "portknock";
/** The set of sources that are under way to some door. */
export const KNOWN = "known";

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

export function chainName(chain: Chain, identity: Id): string {
  return isShared(chain) ? sharedName(chain) : doorChainName(chain, identity);
}

/** Of the chains in which the compiler's rules stand on every host: those of a hook's other chains, place.ts names. */
function sharedName({ kind, of }: Extract<Chain, { readonly of: HostChain }>): string {
  return kind === "own" ? `${hookOf(of)}-own` : hookOf(of);
}

/** The chain of that name, if it is one of the door's, or one by which packets come to it. */
export function chainOf(name: string, { id }: Id): Chain | undefined {
  const [, hook] = /^(input|forward)(?:-(?:more|more-first|pings|every|always))?$/.exec(name) ?? [];
  if (hook !== undefined) return { kind: "dispatcher", of: hook === "input" ? "INPUT" : "FORWARD" };
  if (name === "input-own") return { kind: "own", of: "INPUT" };
  if (name === gateName({ id }) || name === firstName({ id }, "input"))
    return { kind: "dispatcher", of: "INPUT" };
  if (name === firstName({ id }, "forward")) return { kind: "dispatcher", of: "FORWARD" };
  return doorChainOf(name, { id });
}

/** Of a token: the quota. Another prefix or place makes another set. */
export function listName(list: List, identity: Id, family: Family): string {
  return list.kind === "known" || list.kind === "advanced" ? list.kind : doorListName(list, identity, family);
}

/** The list of that name, if it is one of the door's in that family. */
export function listOf(name: string, identity: Id, family: Family): List | undefined {
  return name === KNOWN ? { kind: KNOWN } : doorListOf(name, identity, family);
}
