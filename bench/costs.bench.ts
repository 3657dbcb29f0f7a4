import { afterAll, beforeAll, expect, test } from "vitest";
import type { Family } from "../provider/policy/types";
import { buildInjector, listen } from "../test/kernel/inject";
import { families, iptablesVariants, World } from "../test/kernel/world";
import { writeChart } from "./chart";
import { type Cost, measurePackets, measureRules, writeDocuments } from "./costs/measure";
import { WRONG_TOKEN, ways } from "./costs/ways";
import { markdownTable, measuredHere, putFigures } from "./pages";
import { OTHER_PORT } from "./plane/setups";
import { ESTABLISHED, firsts, NEW, type Traffic } from "./plane/traffic";

const LOADS = 15;
const ROUNDS = 200;
const BURST = 128;
const NONE = "none";

const traffics: readonly Traffic[] = [
  ESTABLISHED,
  NEW,
  { label: "a wrong token", lane: (_, host, family) => firsts(host, family, WRONG_TOKEN) },
];

let world: World;
beforeAll(async () => {
  await buildInjector();
  world = await World.start();
  await world.addHosts([NONE]);
});
afterAll(() => world?.stop());

test("what a door costs, by the way in which it is opened", async () => {
  const all = ways();
  await writeDocuments(world, all);
  const costs: Cost[] = [];
  for (const variant of iptablesVariants) costs.push(...(await measureRules(world, all, variant, LOADS)));
  const hosts = [NONE, ...costs.map(({ host }) => host)];
  for (const host of hosts) await listen(world, host, [`tcp/${OTHER_PORT}`]);
  const found: Packets[] = [];
  for (const traffic of traffics)
    for (const family of families) {
      const times = await measurePackets(world, hosts, traffic, family, { rounds: ROUNDS, burst: BURST });
      const timeOf = (host: string) => times.get(host) ?? Number.NaN;
      found.push({ traffic, family, ratioOf: (host) => timeOf(host) / timeOf(NONE) });
    }
  expect(costs.every(({ loadMs, kilobytes }) => loadMs > 0 && kilobytes > 0)).toBe(true);
  const ratios = found.flatMap(({ ratioOf }) => costs.map(({ host }) => ratioOf(host)));
  expect(ratios).not.toEqual([]);
  expect(ratios.filter((ratio) => !(ratio > 0))).toEqual([]);
  putFigures("costs", [table(costs, found), `${measuredHere()}.`].join("\n\n"));
  draw(costs, found);
});

/** What a kind of packets costs a host, as a ratio to one with no rules. */
interface Packets {
  readonly traffic: Traffic;
  readonly family: Family;
  readonly ratioOf: (host: string) => number;
}

function table(costs: readonly Cost[], found: readonly Packets[]): string {
  const labels = [...new Set(costs.map(({ way }) => way.label))];
  const both = (label: string, text: (cost: Cost) => string) =>
    costs.flatMap((cost) => (cost.way.label === label ? [text(cost)] : [])).join(" / ");
  const rows = families.flatMap((family) =>
    labels.map((label) => [
      `${label}, ${family === "ipv4" ? "IPv4" : "IPv6"}`,
      ...found.flatMap((packets) =>
        packets.family === family ? [both(label, ({ host }) => packets.ratioOf(host).toFixed(2))] : [],
      ),
      ...(family === "ipv4"
        ? [
            both(label, ({ loadMs }) => loadMs.toFixed(loadMs < 20 ? 1 : 0)),
            both(label, ({ kilobytes }) => kilobytes.toFixed(0)),
          ]
        : ["", ""]),
    ]),
  );
  return markdownTable(["opened by", ...traffics.map(({ label }) => label), "load, ms", "memory, KB"], rows);
}

function draw(costs: readonly Cost[], found: readonly Packets[]): void {
  const bars = (of: (cost: Cost) => number, digits: number) =>
    costs
      .filter(({ variant }) => variant === "nf_tables")
      .map((cost) => ({
        label: cost.way.label,
        value: of(cost),
        text: of(cost).toFixed(digits),
        isOurs: true,
      }));
  writeChart("costs", {
    title: "What a door costs, by the way in which it is opened",
    measure: "CPU time a packet as a ratio to a host with no rules (nf_tables, IPv4); shorter is better",
    reference: 1,
    groups: found
      .filter(({ family }) => family === "ipv4")
      .map(({ traffic, ratioOf }) => ({ label: traffic.label, bars: bars(({ host }) => ratioOf(host), 2) })),
  });
  writeChart("loading", {
    title: "What loading a door's rules takes",
    measure: "milliseconds of iptables-restore and ip6tables-restore (nf_tables); shorter is better",
    groups: [{ label: "one door", bars: bars(({ loadMs }) => loadMs, 0) }],
  });
}
