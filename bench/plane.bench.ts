import { afterAll, beforeAll, expect, test } from "vitest";
import type { Family } from "../provider/policy/types";
import { flood } from "../test/kernel/flood";
import { buildInjector, listen } from "../test/kernel/inject";
import { families, World } from "../test/kernel/world";
import { writeChart } from "./chart";
import { median } from "./median";
import { measuredHere, putFigures } from "./pages";
import { evictionTable } from "./plane/eviction";
import { startKnockd } from "./plane/knockd";
import { measureLoading } from "./plane/loading";
import { type Cost, doorsTable, planeChart, planeTable } from "./plane/report";
import { DOOR_PORT, OTHER_PORT, setUp, setups } from "./plane/setups";
import { type Traffic, traffics } from "./plane/traffic";

const ROUNDS = 300;
const BURST = 128;
const LOADS = 9;

let world: World;
const daemons = new Map<string, () => number>();

beforeAll(async () => {
  await buildInjector();
  world = await World.start();
  await world.addHosts(setups.map(({ name }) => name));
  for (const setup of setups) {
    const { name, daemon } = setup;
    await setUp(world, setup);
    // The sooner a queue is full, the sooner a flood costs what it costs from then on (tcp_syncookies).
    await world.run(name, ["sysctl", "-q", "-w", "net.core.somaxconn=16"]);
    await listen(world, name, [`tcp/${DOOR_PORT}`, `tcp/${OTHER_PORT}`]);
    if (daemon) daemons.set(name, await startKnockd(world, name));
  }
});
afterAll(() => world?.stop());

/** Rounds in which all hosts are sent the same kind of packets. */
async function measure(traffic: Traffic, family: Family): Promise<Cost[]> {
  const lanes = await Promise.all(
    setups.map(async (setup) => ({ setup, lane: await traffic.lane(world, setup, family) })),
  );
  const sent = lanes.flatMap(({ setup, lane }) => (lane ? [{ setup, lane }] : []));
  const before = new Map([...daemons].map(([name, used]) => [name, used()]));
  const [sending = [], ...times] = await flood(world, ROUNDS, BURST, [
    { host: "none", family },
    ...sent.map(({ lane }) => lane),
  ]);
  return sent.map(({ setup }, index) => {
    const user = (daemons.get(setup.name)?.() ?? 0) - (before.get(setup.name) ?? 0);
    const kernel = median(times[index] ?? []) - median(sending);
    return { setup, family, traffic, nanoseconds: kernel + user / (ROUNDS * BURST) };
  });
}

test("what a packet costs", async () => {
  const costs: Cost[] = [];
  for (const family of families)
    for (const traffic of traffics) costs.push(...(await measure(traffic, family)));
  expect(costs).not.toEqual([]);
  expect(costs.filter(({ nanoseconds }) => !Number.isFinite(nanoseconds))).toEqual([]);
  const loads = await measureLoading(world, setups, LOADS);
  const eviction = await evictionTable(world, "nft-10");
  putFigures("plane", [planeTable(costs), `${measuredHere()}.`].join("\n\n"));
  putFigures("doors", doorsTable(costs, loads));
  putFigures("eviction", eviction);
  writeChart("plane", planeChart(costs));
});
