import { join } from "node:path";
import { iptablesVariants, type World } from "../../test/kernel/world";
import { median } from "../median";
import { folderOf, type Setup } from "./setups";

/** Milliseconds for both families' rules: of all doors of a setup at once, and of one door more. */
export interface Loading {
  readonly setup: Setup;
  readonly allMs: number;
  readonly moreMs: number;
}

/** Loads each setup's doors so often, interleaved, on a host that is only for that. */
export async function measureLoading(
  world: World,
  setups: readonly Setup[],
  rounds: number,
): Promise<Loading[]> {
  const found: Loading[] = [];
  for (const variant of iptablesVariants) {
    const these = setups.filter(({ doors, ...setup }) => doors.length > 0 && setup.variant === variant);
    const tool = variant === "legacy" ? "legacy" : "nft";
    const host = `load-${tool}`;
    await world.addHosts([host]);
    const command = ["bash", join(__dirname, "loading.sh"), tool, `${rounds}`, ...these.map(folderOf)];
    const lines = (await world.run(host, command)).split("\n").map((line) => line.split(" "));
    for (const setup of these) {
      const own = lines.filter(([folder]) => folder === folderOf(setup));
      const milliseconds = (column: number) => median(own.map((line) => Number(line[column]))) / 1000;
      found.push({ setup, allMs: milliseconds(1), moreMs: milliseconds(2) });
    }
  }
  return found;
}
