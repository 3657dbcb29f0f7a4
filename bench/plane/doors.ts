import { readFileSync } from "node:fs";
import { join } from "node:path";
import { script } from "../../provider/host/script";
import { renderDocument } from "../../provider/rules/iptables/render";
import type { Ruleset } from "../../provider/rules/ir";
import { families, type Variant, type World } from "../../test/kernel/world";

/**
 * Puts all doors but the last on a host that has none, as a host has them after it booted. The folder, in the world, is given
 * what loads them at once (all.4, all.6), and what loads the last beside them (more.4, more.6).
 */
export async function putDoors(
  world: World,
  host: string,
  variant: Variant,
  rulesets: readonly Ruleset[],
  folder: string,
): Promise<void> {
  const ids = rulesets.map(({ identity }) => identity.id);
  await world.run(undefined, ["mkdir", "-p", folder]);
  for (const ruleset of rulesets)
    for (const family of families) {
      const file = `${folder}/${ruleset.identity.id}.${family === "ipv4" ? 4 : 6}`;
      await world.run(undefined, ["sh", "-c", `cat >${file}`], renderDocument(ruleset, family));
    }
  const apply = script("apply", {
    ...{ NONCE: "", ID: "", VARIANT: variant === "legacy" ? "legacy" : "nft", DOCUMENT4: "", DOCUMENT6: "" },
    ...{ FOLDER: folder, DOORS: ids.slice(0, -1).join(" "), MORE: ids.at(-1) ?? "" },
  }).replace(/main .*\n$/, "");
  await world.run(host, ["sh", "-s"], apply + readFileSync(join(__dirname, "doors.sh"), "utf8"));
}
