import type { HostChain } from "../../policy/types";
import { isShared } from "../dispatcher";
import type { Entrance } from "../lines/syntax";
import { chainOf, isSharedId } from "./names";

/** What a line of `iptables-save` says before it is parsed: `-A CHAIN …`, `:CHAIN` or a jump, `-I INPUT 1 …`. */

/** Whose door a line is about; undefined for what all doors share. */
export function doorIdOf(line: string): string | undefined {
  const chains = [...line.matchAll(/(?:^:|^-A | -[gj] )PK-([0-9a-f]{10})\b/g)].map(([, id = ""]) => id);
  const door = chains.find((id) => !isSharedId(id));
  // The comment of a jump holds the owner's name, which may look like an id, so the chain is read first.
  const comment = /"portknock ([0-9a-f]{10})"/.exec(line)?.[1];
  return door ?? (comment === undefined || isSharedId(comment) ? undefined : comment);
}

/** The chain of a rule, or the one that a line such as `:PK-0123456789-7` declares. */
export function chainIn(line: string): string {
  return isDeclaration(line) ? line.slice(1) : (line.split(" ")[1] ?? "");
}

export function isDeclaration(line: string): boolean {
  return line.startsWith(":");
}

export function headOf(line: string): string {
  return line.split(" ", 2).join(" ");
}

export function entranceIn(line: string): Entrance | undefined {
  const [, chain, id, rest] =
    /^-A (PORTKNOCK\S*|PK-000000000[012]-every) .*-j PK-([0-9a-f]{10})(\S*)$/.exec(line) ?? [];
  return chain === undefined || id === undefined || isSharedId(id) ? undefined : { id, isDoor: rest === "" };
}

/** Whether a line of a dispatcher sends packets to a door of a release that had no chains for all doors. */
export function isOlderEntrance(line: string): boolean {
  return line.startsWith("-A PORTKNOCK") && entranceIn(line) !== undefined;
}

/** The owner's name in the comment of the line by which packets come to a door. */
export function ownerIn(line: string): string {
  const [, comment = ""] = line.split('--comment "portknock ', 2);
  return comment.split('"', 1)[0] ?? "";
}

/** The chain of the host whose dispatcher a line is about: where it stands in one, is the jump to one, or declares one. */
export function dispatcherIn(line: string): HostChain | undefined {
  const chain = chainOf(isJump(line) ? (line.split(" ").at(-1) ?? "") : chainIn(line), { id: "" });
  return chain && isShared(chain) ? chain.of : undefined;
}

function isJump(line: string): boolean {
  return /^-I .* PORTKNOCK\S*$/.test(line);
}

/** The door whose chain that is, whatever follows the door's id in its name. */
export function doorOfChain(name: string): string | undefined {
  const id = /^PK-([0-9a-f]{10})/.exec(name)?.[1];
  return id === undefined || isSharedId(id) ? undefined : id;
}

/** The door that a line such as `:PK-0123456789` declares. */
export function declaredDoor(line: string): string | undefined {
  return isDeclaration(line) ? doorOfChain(/^:(PK-[0-9a-f]{10})$/.exec(line)?.[1] ?? "") : undefined;
}

/** The door to which a list belongs. */
export function doorOfList(name: string): string | undefined {
  return /^pk[46]-([0-9a-f]{10})-/.exec(name)?.[1];
}
