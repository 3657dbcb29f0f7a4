import { FAMILIES } from "../../policy/networks";
import type { Family } from "../../policy/types";
import { tableOf } from "./names";

/** What a shape of line adds, if it is a chain or a map, whose contents a document sets anew. */
const HOLDER = /^add (chain|map) (ip6? \S+) (\S+)/;
const QUOTA = /^(add quota .*) \{ (\d+) bytes \}$/;

/**
 * The document for `nft -f -`: one transaction for both families. It needs no rules of others, and may be loaded again: chains
 * and maps are set anew, sets keep their entries, and quotas what was used of them. So a host gets it as it is only where
 * this door is alone; beside other doors it gets the lines of this one (objects.ts).
 *
 * New quotas are used up: only the host's script makes a token good, once (`nft reset quota`). So no token comes back when
 * rules are lost or restored.
 */
export function documentOf(linesIn: (family: Family) => readonly string[]): string {
  const texts = FAMILIES.flatMap((family) => {
    const lines = linesIn(family);
    if (lines.length === 0) return [];
    const isContent = (line: string) => /^add (rule|element) /.test(line);
    const holders = lines.flatMap((line) => {
      const [, kind, table, name] = HOLDER.exec(line) ?? [];
      return kind === undefined ? [] : [`flush ${kind} ${table} ${name}`];
    });
    return [
      `add table ${tableOf(family)}`,
      ...lines
        .filter((line) => !isContent(line))
        .map((line) => line.replace(QUOTA, "$1 { $2 bytes used $2 bytes }")),
      ...holders,
      ...lines.filter(isContent),
    ];
  });
  return texts.length === 0 ? "" : `${texts.join("\n")}\n`;
}
