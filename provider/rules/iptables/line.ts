import type { Entrance } from "../lines/syntax";

/** What a line of `iptables-save` says before it is parsed: `-A CHAIN …`, `:CHAIN` or a jump, `-I INPUT 1 …`. */

/** Whose door a line is about; undefined for what all doors share. */
export function doorIdOf(line: string): string | undefined {
  const [, chain] = /(?:^:|^-A | -[gj] )PK-([0-9a-f]{10})\b/.exec(line) ?? [];
  // The comment of a jump holds the owner's name, which may look like an id, so the chain is read first.
  return chain ?? /"portknock ([0-9a-f]{10})"/.exec(line)?.[1];
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
  const [, dispatcher, id, rest] = /^-A (PORTKNOCK\S*) .*-j PK-([0-9a-f]{10})(\S*)$/.exec(line) ?? [];
  return dispatcher === undefined || id === undefined ? undefined : { dispatcher, id, isDoor: rest === "" };
}

/** The owner's name in the comment of the line by which packets come to a door. */
export function ownerIn(line: string): string {
  const [, comment = ""] = line.split('--comment "portknock ', 2);
  return comment.split('"', 1)[0] ?? "";
}

export function isJump(line: string): boolean {
  return /^-I .* PORTKNOCK\S*$/.test(line);
}

/** The door whose chain that is, whatever follows the door's id in its name. */
export function doorOfChain(name: string): string | undefined {
  return /^PK-([0-9a-f]{10})/.exec(name)?.[1];
}

/** The door that a line such as `:PK-0123456789` declares. */
export function declaredDoor(line: string): string | undefined {
  return /^:PK-([0-9a-f]{10})$/.exec(line)?.[1];
}

/** The door to which a list belongs. */
export function doorOfList(name: string): string | undefined {
  return /^pk[46]-([0-9a-f]{10})-/.exec(name)?.[1];
}
