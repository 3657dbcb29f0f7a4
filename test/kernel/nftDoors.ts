import type { Ruleset } from "../../provider/rules/ir";
import { nftables } from "../../provider/rules/nftables/backend";

const EVERY = /^add rule \S+ \S+ \S+-every /;

/** The document that puts several doors on a host, as a host's script has to put one beside others (objects.ts). */
export function documentOfDoors(rulesets: readonly Ruleset[]): string {
  const documents = rulesets.flatMap((ruleset) => nftables.documents(ruleset));
  const lines = [...new Set(documents.flatMap(({ text }) => text.trim().split("\n")))].map(sharingKeys());
  const seconds = (line: string) => Number(/ timeout (\d+)s/.exec(line)?.[1]);
  const rank = (line: string) =>
    ["add table", "add set", "add quota", "add chain", "add map", "flush"].findIndex((verb) =>
      line.startsWith(verb),
    );
  const isContent = (line: string) => rank(line) < 0;
  return [
    ...lines.filter((line) => !isContent(line)).sort((a, b) => rank(a) - rank(b)),
    ...lines.filter((line) => isContent(line) && !EVERY.test(line)),
    // The last rule that renews a source in `known` has the longest time.
    ...lines.filter((line) => EVERY.test(line)).sort((a, b) => seconds(a) - seconds(b)),
    "",
  ].join("\n");
}

/** A key of a map is one door's: another door gets a rule in its stead. A door's own port is asked before first knocks. */
function sharingKeys(): (line: string) => string {
  const taken = new Set<string>();
  return (line) => {
    const [, table, protocol, first = "", port, verdict] =
      /^add element (\S+ \S+) input-(tcp|udp)(-first)? \{ (\d+) : (.*) \}$/.exec(line) ?? [];
    if (port === undefined) return line;
    const key = line.split(" : ", 1).join();
    if (!taken.has(key)) {
      taken.add(key);
      return line;
    }
    return `add rule ${table} input-more${first} ${protocol} dport ${port} ${verdict}`;
  };
}
