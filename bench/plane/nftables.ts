import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { documentOfDoors } from "../../test/kernel/nftDoors";
import type { World } from "../../test/kernel/world";
import type { Setup } from "./setups";

/** Rules that are not ours, as nft reads them: connection tracking alone, in both families. */
export const NATIVE_TRACKING = ["ip", "ip6"].map(
  (family) =>
    `table ${family} tracking { chain input { type filter hook input priority filter; ct state established,related accept; }; }\n`,
);

/** Puts a setup's doors on its host with nft alone, and connection tracking where there are none. */
export async function setUpNative(
  world: World,
  { name, doors }: Pick<Setup, "name" | "doors">,
): Promise<void> {
  const rulesets = doors.map((policy, index) => compile(policy, identify(`door ${index}`, name)));
  const text = rulesets.length === 0 ? NATIVE_TRACKING.join("") : documentOfDoors(rulesets);
  await world.run(name, ["nft", "-f", "-"], text);
}
