import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Policy, Step } from "../../provider/policy/types";
import { newcomer, onPacket } from "../../provider/rules/automaton";
import type { Observed } from "../../provider/rules/backend";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { readListing } from "../../provider/rules/nftables/listing";
import { complete } from "../policy/complete";
import { addDoor, backendOf } from "./host";
import { buildInjector, inject, type Salvo, type Sent } from "./inject";
import { documentOfDoors } from "./nftDoors";
import { type Line, ping, script as shots, tcp, udp } from "./script";
import { families, type Variant, variants, World } from "./world";

const times = { openForSeconds: 60, stepTimeoutSeconds: 60 };
const one = complete({
  ...times,
  sequence: [tcp(7000), udp(7001)],
  door: [{ protocol: "tcp", ports: [22] }],
  ignore: [],
});
const two = complete({
  ...times,
  sequence: [udp(8000), tcp(8001)],
  door: [{ protocol: "tcp", ports: [80] }],
  ignore: [],
});

/** Each door ignores what the other knows, so that the two sequences may mix. */
const mixing: readonly Policy[] = [
  { ...one, ignore: [...two.door, { protocol: "udp", ports: [8000] }, { protocol: "tcp", ports: [8001] }] },
  { ...two, ignore: [...one.door, { protocol: "udp", ports: [7001] }, { protocol: "tcp", ports: [7000] }] },
];

const [A1, A2, B1, B2] = [tcp(7000), udp(7001), udp(8000), tcp(8001)];
const A = tcp(22);
const B = tcp(80);

interface Case {
  readonly name: string;
  readonly policies: readonly Policy[];
  readonly lines: Line[];
  readonly open: string;
}

const cases: readonly Case[] = [
  { name: "no knock", policies: [one, two], lines: [], open: "" },
  { name: "the first door's", policies: [one, two], lines: [A1, A2], open: "A" },
  { name: "the second door's", policies: [one, two], lines: [B1, B2], open: "B" },
  { name: "one after the other", policies: [one, two], lines: [A1, A2, B1, B2], open: "AB" },
  { name: "the other after the one", policies: [one, two], lines: [B1, B2, A1, A2], open: "AB" },
  { name: "with tries at its own door", policies: [one, two], lines: [A1, A, A2, A, B1, B, B2], open: "AB" },
  { name: "with a try at the second door", policies: [one, two], lines: [A1, B, A2], open: "A" },
  { name: "with a try at the first door", policies: [one, two], lines: [B1, A, B2], open: "B" },
  { name: "each a wrong knock for the other", policies: [one, two], lines: [A1, B1, A2, B2], open: "" },
  { name: "a ping between is wrong for both", policies: mixing, lines: [A1, B1, ping(8), A2, B2], open: "" },
  { name: "mixed, where each ignores the other", policies: mixing, lines: [A1, B1, A2, B2], open: "AB" },
  { name: "mixed, with tries at both", policies: mixing, lines: [B1, A, A1, B, A2, B, B2], open: "AB" },
  ...[[one, two], mixing].flatMap((policies) => interleavings(policies)),
];

/** Each door's automaton by itself, for which the other's port is no knock, says what is open. */
function interleavings(policies: readonly Policy[]): Case[] {
  const orders = [
    [A1, A2, B1, B2],
    [A1, B1, A2, B2],
    [A1, B1, B2, A2],
  ].flatMap((order) => [
    order,
    // The same with the doors in each other's place.
    order.map((knock) => [A1, A2, B1, B2][([A1, A2, B1, B2].indexOf(knock) + 2) % 4] ?? knock),
  ]);
  return orders.flatMap((order, index) =>
    [[], [A], [B], [A, B]].map((tries): Case => {
      const lines = order.flatMap((knock) => [knock, ...tries]);
      const open = policies.map((policy, door) =>
        isOpened(
          { ...policy, ignore: [...policy.ignore, ...policies.flatMap(({ door }) => door)] },
          lines,
          [A, B][door] ?? A,
        ),
      );
      return {
        name: `interleaving ${index + 1}, ${tries.length} tries after each knock`,
        ...{ policies, lines, open: `${open[0] ? "A" : ""}${open[1] ? "B" : ""}` },
      };
    }),
  );
}

function isOpened(policy: Policy, packets: readonly Step[], door: Step): boolean {
  let state = newcomer;
  for (const packet of packets) state = onPacket(policy, state, packet, 0).state;
  return onPacket(policy, state, door, 0).verdict === "accept";
}

const runs = cases.flatMap(({ name, lines, policies, open }, index) =>
  families.map((family) => {
    const host = policies === mixing ? "mixing" : "plain";
    const salvo: Salvo = { host, family, source: index + 1, shots: shots(...lines, A, B) };
    return { name: `${name}, ${host}, ${family}`, open, salvo };
  }),
);

const hosts = { plain: [one, two], mixing };

describe.each(variants)("two doors, %s", (variant) => {
  let world: World;
  let sent: readonly Sent[][] = [];

  beforeAll(async () => {
    await buildInjector();
    world = await World.start();
    await world.addHosts(["plain", "mixing"]);
    for (const [host, policies] of Object.entries(hosts)) {
      const rulesets = policies.map((policy, index) => compile(policy, identify(`door ${index}`, host)));
      if (variant === "nftables") await world.run(host, ["nft", "-f", "-"], documentOfDoors(rulesets));
      else for (const ruleset of rulesets) await addDoor(world, host, variant, ruleset);
    }
    sent = await inject(
      world,
      runs.map(({ salvo }) => salvo),
    );
  });
  afterAll(() => world.stop());

  test("each finds its rules, and its way past the other, as it wants them", async () => {
    for (const [index, policy] of [one, two].entries()) {
      const ruleset = compile(policy, identify(`door ${index}`, "plain"));
      const { compare, redactedLines } = backendOf(variant);
      const observed = await observedOn(world, "plain", variant);
      expect(compare(ruleset, policy, observed).lines).toEqual(redactedLines(ruleset, policy));
    }
  });

  test.each(runs.map((run, index) => ({ ...run, index })))("$name", ({ open, index }) => {
    expect(openAtEnd(sent[index])).toBe(open);
  });
});

/**
 * A door in iptables beside one in nftables: as two doors of one firewall, where each ignores the other's ports. Without that a
 * try at one is a wrong knock for the other, if the packet comes so far.
 */
describe.each([
  ["nf_tables", "nftables"],
  ["nftables", "nf_tables"],
  ["nftables", "legacy"],
] as const)("two doors, the first in %s and the second in %s", (...held) => {
  let world: World;
  let sent: readonly Sent[][] = [];

  beforeAll(async () => {
    await buildInjector();
    world = await World.start();
    await world.addHosts(["plain", "mixing"]);
    for (const [host, policies] of Object.entries(hosts)) {
      for (const [index, policy] of policies.entries()) {
        const others = policies.filter((other) => other !== policy).flatMap(({ door }) => door);
        const beside = { ...policy, ignore: [...policy.ignore, ...others] };
        const ruleset = compile(beside, identify(`door ${index}`, host));
        const variant = held[index] ?? held[0];
        if (variant === "nftables") await world.run(host, ["nft", "-f", "-"], documentOfDoors([ruleset]));
        else await addDoor(world, host, variant, ruleset);
      }
    }
    sent = await inject(
      world,
      runs.map(({ salvo }) => salvo),
    );
  });
  afterAll(() => world.stop());

  test("nothing of the one disturbs the other", () => {
    const opened = runs.map(({ name }, index) => `${name}: ${openAtEnd(sent[index])}`);
    expect(opened.length).toBeGreaterThan(100);
    expect(opened).toEqual(runs.map(({ name, open }) => `${name}: ${open}`));
  });
});

/** What was open at the end of a run. */
function openAtEnd(sent: readonly Sent[] = []): string {
  const [a, b] = sent.slice(-2);
  return `${a?.answer === "reset" ? "A" : ""}${b?.answer === "reset" ? "B" : ""}`;
}

async function observedOn(world: World, host: string, variant: Variant): Promise<Observed> {
  if (variant === "nftables") return readListing(await world.run(host, ["nft", "list", "ruleset"]));
  const observed: { -readonly [F in keyof Observed]: Observed[F] } = {};
  for (const family of families) observed[family] = everyDoor(await world.save(host, variant, family));
  return observed;
}

function everyDoor(saved: string): string[] {
  const lines = saved.split("\n").filter((line) => /^-A (INPUT|PORTKNOCK|PK-)/.test(line));
  return lines.map((line) => line.replace(/^-A INPUT/, "-I INPUT 1"));
}
