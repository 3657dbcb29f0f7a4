import { afterAll, beforeAll, test } from "vitest";
import type { Family } from "../provider/policy/types";
import { flood } from "../test/kernel/flood";
import { buildInjector, listen } from "../test/kernel/inject";
import { type Variant, variants, World } from "../test/kernel/world";
import { writeChart } from "./chart";
import { median } from "./median";
import { startKnockd } from "./plane/knockd";
import { DOOR_PORT, kinds, OTHER_PORT, type Setup, setUp, setups } from "./plane/setups";
import { type Traffic, traffics } from "./plane/traffic";
import { markdownTable, measuredHere, putFigures } from "./readme";

const ROUNDS = 300;
const BURST = 128;
const FAMILIES: readonly Family[] = ["ipv4", "ipv6"];

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

/** Nanoseconds that a packet costs a host: in the kernel, what sending it costs subtracted, and in a daemon. */
interface Cost extends Setup {
  readonly family: Family;
  readonly traffic: Traffic;
  readonly nanoseconds: number;
}

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
    return { ...setup, family, traffic, nanoseconds: kernel + user / (ROUNDS * BURST) };
  });
}

/** The costs as ratios to no rules at all. */
function ratios(costs: readonly Cost[]) {
  const find = (kind: Setup["kind"], variant: Variant, family: Family, traffic: Traffic) => {
    const of = (wanted: Setup["kind"]) =>
      costs.find(
        (cost) =>
          cost.kind === wanted &&
          (cost.variant ?? variant) === variant &&
          cost.family === family &&
          cost.traffic === traffic,
      )?.nanoseconds ?? Number.NaN;
    return {
      nanoseconds: of(kind),
      ratio: of(kind) / of("no rules"),
      toTracking: of(kind) / of("connection tracking alone"),
    };
  };
  return find;
}

test("what a packet costs", async () => {
  const costs: Cost[] = [];
  for (const family of FAMILIES)
    for (const traffic of traffics) costs.push(...(await measure(traffic, family)));
  const find = ratios(costs);
  const rows = FAMILIES.flatMap((family) =>
    kinds.map((kind) => [
      `${kind}, ${family === "ipv4" ? "IPv4" : "IPv6"}`,
      ...traffics.map((traffic) => {
        const [nft, legacy] = variants.map((variant) => find(kind, variant, family, traffic));
        if (nft === undefined || legacy === undefined || Number.isNaN(nft.ratio)) return "";
        if (kind === "no rules") return `1 (${nft.nanoseconds.toFixed(0)} ns)`;
        return `${nft.ratio.toFixed(2)} / ${legacy.ratio.toFixed(2)}`;
      }),
    ]),
  );
  putFigures(
    "plane",
    [
      markdownTable(["", ...traffics.map(({ label }) => label)], rows),
      `${measuredHere()}; medians of ${ROUNDS} interleaved rounds`,
    ].join("\n\n"),
  );
  writeChart("plane", {
    title: "What a packet costs the host",
    measure: "CPU time a packet as a ratio to a host with no rules (nf_tables, IPv4); shorter is better",
    reference: 1,
    groups: traffics.map((traffic) => ({
      label: traffic.label,
      bars: kinds.flatMap((kind) => {
        const value = find(kind, "nf_tables", "ipv4", traffic).ratio;
        return Number.isNaN(value) ? [] : [{ label: kind, value, isOurs: kind.includes("door") }];
      }),
    })),
  });
});
