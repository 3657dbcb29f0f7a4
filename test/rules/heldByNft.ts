import type { Observed } from "../../provider/rules/backend";
import type { Ruleset } from "../../provider/rules/ir";
import { nftables } from "../../provider/rules/nftables/backend";

/** The lines of a host that holds exactly a ruleset. */
export function heldByNft(ruleset: Ruleset): Required<Observed> {
  const lines = nftables.documents(ruleset).flatMap(({ text }) => text.split("\n"));
  const of = (table: string) =>
    lines.filter((line) =>
      new RegExp(`^add (set|map|quota|chain|rule|element) ${table} portknock `).test(line),
    );
  return { ipv4: of("ip"), ipv6: of("ip6") };
}
