import { afterAll, beforeAll, expect, test } from "vitest";
import { type ExecResult, type Host, type Lab, startLab } from "../test/lab/lab";
import { nodePlugin, yaml } from "../test/stack/languages/languages";
import { makeControl } from "./fleet/control";
import { report } from "./fleet/figures";
import { haveDoors, type Measured, makeOurs, OPERATIONS, type Operation } from "./fleet/ours";
import { hostsWithRules, makePeers, type Peer, takeRules } from "./fleet/peers";
import { makePlugin } from "./fleet/plugin";
import type { StackName } from "./fleet/stacks";
import { makeTimes } from "./fleet/times";

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const SIZES = (process.env.BENCH_HOSTS ?? "1,8,32").split(",").map(Number);
const MINUTES = 60_000;

const times = makeTimes();
let lab: Lab;
let peers: Peer[];
const stacks = new Map<number, readonly (readonly [StackName, Measured])[]>();

const makeStacks = async (hosts: readonly Host[]) => [
  ["control", await makeControl(lab, hosts)] as const,
  ["ours", await makeOurs(lab, hosts)] as const,
  ["plugin", await makePlugin(lab, hosts, nodePlugin)] as const,
  ["yaml", await makePlugin(lab, hosts, yaml)] as const,
];

beforeAll(async () => {
  lab = await startLab({ hosts: Math.max(...SIZES) });
  peers = await makePeers(lab);
  for (const size of SIZES) stacks.set(size, await makeStacks(lab.hosts.slice(0, size)));
}, 10 * MINUTES);
afterAll(() => lab?.stop());

async function timed(size: number, who: string, what: string, run: () => Promise<ExecResult>): Promise<void> {
  const began = performance.now();
  const { code, stdout, stderr } = await run();
  times.add(size, who, what, Math.round(performance.now() - began) / 1000);
  if (code !== 0)
    console.log(`${who}, ${what}, ${size} hosts: exit code ${code}\n${(stdout + stderr).slice(-2000)}`);
}

async function measurePeer(size: number, peer: Peer): Promise<void> {
  const hosts = lab.hosts.slice(0, size);
  for (const what of ["first", "again"]) {
    await timed(size, peer.name, what, () => peer.put(hosts, what === "first"));
    times.fail(size, peer.name, what, size - (await hostsWithRules(hosts)));
  }
  await peer.forget?.(hosts);
  await takeRules(hosts);
}

async function measureStack(size: number, who: StackName, stack: Measured): Promise<void> {
  const hosts = lab.hosts.slice(0, size);
  for (const operation of Object.keys(OPERATIONS) as Operation[]) {
    await stack.declare(operation);
    await timed(size, who, operation, async () => {
      const result = await stack.run(operation);
      expect(result.code, result.stdout).toBe(0);
      return result;
    });
    const hasDoors = who !== "control" && operation !== "empty" && operation !== "destroy";
    expect(await haveDoors(hosts, hasDoors), operation).toBe(true);
  }
}

test(
  "rules on many hosts, beside what people use",
  async () => {
    for (let round = 0; round < ROUNDS; round++) {
      for (const size of SIZES) {
        for (const peer of peers) await measurePeer(size, peer);
        for (const [who, stack] of stacks.get(size) ?? []) await measureStack(size, who, stack);
      }
      console.log(`round ${round + 1} of ${ROUNDS} is over`);
    }
    report(times, SIZES, ROUNDS, peers);
  },
  45 * MINUTES,
);
