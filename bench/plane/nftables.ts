import type { Policy } from "../../provider/policy/types";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { documentOfDoors } from "../../test/kernel/nftDoors";
import type { World } from "../../test/kernel/world";
import type { Setup } from "./setups";

/** Hosts without iptables, beside those of the two iptables. */
export function nativeSetups(doors: (count: number) => Policy[], closed: number): Setup[] {
  const variant = "nftables";
  return [
    { name: "native-0", kind: "connection tracking alone", doors: [], variant, rules: tracking("") },
    { name: "native-1", kind: "1 door", doors: doors(1), variant },
    { name: "native-10", kind: "10 doors", doors: doors(10), variant },
    { name: "native-50", kind: "50 doors", doors: doors(50), variant },
    { name: "native-100", kind: "100 doors", doors: doors(100), variant },
    {
      ...{ name: "native-knockd", kind: "knockd", doors: [], variant, daemon: "knockd" },
      rules: tracking(`tcp dport ${closed} drop;`),
    },
  ];
}

/** As nft reads them, in both families. */
function tracking(rest: string): string[] {
  return ["ip", "ip6"].map(
    (family) =>
      `table ${family} own { chain input { type filter hook input priority filter; ct state established,related accept; ${rest} }; }`,
  );
}

/** Puts a setup's rules on its host, with nft alone. */
export async function setUpNative(world: World, { name, doors, rules = [] }: Setup): Promise<void> {
  const rulesets = doors.map((policy, index) => compile(policy, identify(`door ${index}`, name)));
  const text = rulesets.length === 0 ? rules.join("\n") : documentOfDoors(rulesets);
  await world.run(name, ["nft", "-f", "-"], text);
}
