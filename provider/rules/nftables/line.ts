import type { Entrance } from "../lines/syntax";

/** What a line says before it is parsed: `add chain ip portknock NAME …`, `add rule ip portknock CHAIN …`. */

/** Whose door a line is about; undefined for what all doors share. The comment may hold anything, so it is not looked at. */
export function doorIdOf(line: string): string | undefined {
  const [, chain, set] =
    /\b(?:PK-([0-9a-f]{10})\b|pk[46]-([0-9a-f]{10})-)/.exec(line.replace(/"[^"]*"$/, "")) ?? [];
  return chain ?? set;
}

/** The object of a line: a chain, set, map or quota. */
export function nameIn(line: string): string {
  return line.split(" ", 5)[4] ?? "";
}

/** A line that says of an object that it is there. */
export function isDeclaration(line: string): boolean {
  return !/^add (rule|element) /.test(line);
}

export function headOf(line: string): string {
  return isDeclaration(line) ? line : line.split(" ", 5).join(" ");
}

export function entranceIn(line: string): Entrance | undefined {
  const [, id, rest] =
    /^add rule \S+ \S+ (?:(?:input|forward)-(?:every|always|own|more-first)|PK-[0-9a-f]{10}-first(?:-forward)?) .*\bjump PK-([0-9a-f]{10})(\S*)/.exec(
      line,
    ) ?? [];
  return id === undefined ? undefined : { id, isDoor: rest === "" };
}

/** The owner's name in the comment of the line by which packets come to a door. */
export function ownerIn(line: string): string {
  return / comment "portknock ([^"]*)"$/.exec(line)?.[1] ?? "";
}

/** The door whose chain that is, whatever follows the door's id in its name. */
export function doorOfChain(name: string): string | undefined {
  return /^PK-([0-9a-f]{10})/.exec(name)?.[1];
}

/** Objects in which any number may be a secret of some door, beside the chains that ask for knocks. */
export function isAboutKnocks(name: string): boolean {
  return /^(?:PK-[0-9a-f]{10}-first(?:-forward)?|(?:input|forward)-(?:more-first|pings|tcp-first|udp-first))$/.test(
    name,
  );
}

/** What packets put into sets is no part of the rules. */
export function isEntry(line: string): boolean {
  return /^add element \S+ \S+ (?:known|pk[46]-\S+) /.test(line);
}
