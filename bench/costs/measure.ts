import { join } from "node:path";
import type { Family } from "../../provider/policy/types";
import { renderDocument } from "../../provider/rules/iptables/render";
import { flood } from "../../test/kernel/flood";
import { families, type IptablesVariant, type World } from "../../test/kernel/world";
import { median } from "../median";
import type { Traffic } from "../plane/traffic";
import type { Way } from "./ways";

/** A way and a variant, and what a door costs that is opened so. */
export interface Cost {
  readonly way: Way;
  readonly variant: IptablesVariant;
  /** Of both families' documents. */
  readonly loadMs: number;
  /** Of the kernel, for both families. */
  readonly kilobytes: number;
  /** One that has the door. */
  readonly host: string;
}

/** Hosts that get a door one after the other, so that what the rest of the machine takes and gives back counts for less. */
const HOSTS = 4;

/** How often that is done, each time on new hosts: memory that was in use before would be found again. */
const TIMES = 3;

/** Writes the ways' documents where the scripts find them. */
export async function writeDocuments(world: World, ways: readonly Way[]): Promise<void> {
  for (const { name, ruleset } of ways)
    for (const family of families) {
      const file = `${pathOf(name)}.${family === "ipv4" ? 4 : 6}`;
      await world.run(undefined, ["sh", "-c", `cat >${file}`], renderDocument(ruleset, family));
    }
}

/** Loads each way's rules so often, interleaved, and then once on hosts of their own. */
export async function measureRules(
  world: World,
  ways: readonly Way[],
  variant: IptablesVariant,
  rounds: number,
): Promise<Cost[]> {
  const tool = variant === "legacy" ? "legacy" : "nft";
  const loader = `load-${tool}`;
  await world.addHosts([loader]);
  const paths = ways.map(({ name }) => pathOf(name));
  const lines = await world.run(loader, ["bash", script("load.sh"), tool, `${rounds}`, ...paths]);
  const loads = lines.split("\n").map((line) => line.split(" "));
  const costs: Cost[] = [];
  for (const way of ways) {
    const microseconds = loads.flatMap(([path, time]) => (path === pathOf(way.name) ? [Number(time)] : []));
    const hostOf = (n: number) => `${tool[0]}-${way.name}-${n}`;
    const kilobytes: number[] = [];
    for (let time = 0; time < TIMES; time++) {
      const hosts = Array.from({ length: HOSTS }, (_, n) => hostOf(time * HOSTS + n));
      await world.addHosts(hosts);
      const all = await world.run(undefined, ["bash", script("memory.sh"), tool, pathOf(way.name), ...hosts]);
      kilobytes.push(Number(all) / HOSTS);
    }
    costs.push({
      ...{ way, variant, host: hostOf(0) },
      ...{ loadMs: median(microseconds) / 1000, kilobytes: median(kilobytes) },
    });
  }
  return costs;
}

/** Nanoseconds that a packet costs each of the hosts, sending subtracted. */
export async function measurePackets(
  world: World,
  hosts: readonly string[],
  traffic: Traffic,
  family: Family,
  { rounds, burst }: { rounds: number; burst: number },
): Promise<ReadonlyMap<string, number>> {
  const lanes = await Promise.all(hosts.map((name) => traffic.lane(world, { name, doors: [] }, family)));
  const [sending = [], ...times] = await flood(world, rounds, burst, [
    { host: hosts[0] ?? "", family },
    ...lanes.flatMap((lane) => lane ?? []),
  ]);
  return new Map(hosts.map((host, index) => [host, median(times[index] ?? []) - median(sending)]));
}

function pathOf(name: string): string {
  return `/run/${name}`;
}

function script(name: string): string {
  return join(__dirname, name);
}
