import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, startLab } from "../test/lab/lab";
import { type Relay, startRelay } from "../test/lab/relay";
import { asUser, closeDoors, configure, makeUser, putDoor } from "../test/through/world";
import { median } from "./median";

/** What Debian's knock client can send as well. */
const SEQUENCE = "tcp/7001,udp/8001,tcp/7002";
const KNOCK = "knock -d 30 192.0.2.11 7001:tcp 8001:udp 7002:tcp";
const ROUNDS = 15;

/** What is measured, one after the other in each round, so that a busy moment meets all of them. */
const COMMANDS = {
  "node, doing nothing": "node -e 0",
  "portknock, to its usage": "portknock proxy 2>/dev/null || :",
  "ssh, no door": "ssh 192.0.2.12 true",
  "knock, then ssh": `${KNOCK}; ssh 192.0.2.11 true`,
  "portknock ssh": "portknock ssh 192.0.2.11 true",
  "ssh by portknock proxy": "ssh -o ProxyCommand='portknock proxy %h %p' 192.0.2.11 true",
} as const;

type Name = keyof typeof COMMANDS;

let lab: Lab;
let relay: Relay | undefined;

beforeAll(async () => {
  lab = await startLab({ hosts: 2 });
  await makeUser(lab);
  await configure(lab, SEQUENCE);
  await putDoor(lab.host(), SEQUENCE);
});
afterAll(() => lab?.stop());

async function measure(): Promise<ReadonlyMap<Name, readonly number[]>> {
  const names = Object.keys(COMMANDS) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) {
      await closeDoors(lab.host());
      const began = performance.now();
      const { code, stderr } = await asUser(lab, ["bash", "-c", COMMANDS[name]]);
      const milliseconds = performance.now() - began;
      expect(code, stderr).toBe(0);
      times.get(name)?.push(milliseconds);
    }
  }
  return times;
}

function report(title: string, times: ReadonlyMap<Name, readonly number[]>): void {
  const base = median(times.get("knock, then ssh") ?? []);
  const plain = median(times.get("ssh, no door") ?? []);
  const rows = [...times].map(([name, all]) => {
    const ms = median(all);
    const cells = [ms, Math.min(...all), ms - plain].map((value) => value.toFixed(0).padStart(7));
    return `${name.padEnd(26)}${cells.join("")}${(ms / base).toFixed(2).padStart(9)}`;
  });
  const head = `${"ms".padEnd(26)} median    min  -plain   /knock`;
  console.log([title, head, ...rows].join("\n"));
}

test("at no latency it adds less than 150 ms to ssh", async () => {
  const times = await measure();
  report(`no latency, ${ROUNDS} rounds`, times);
  // The least is what the command takes; the rest is what else the machine does.
  const least = (name: Name) => Math.min(...(times.get(name) ?? []));
  expect(least("portknock ssh") - least("ssh, no door")).toBeLessThan(150);
  expect(least("ssh by portknock proxy") - least("ssh, no door")).toBeLessThan(150);
});

test("at a round trip of 40 ms", async () => {
  relay = await startRelay(lab, { delayMs: 20, seed: 1 });
  report(`20 ms each way, ${ROUNDS} rounds`, await measure());
  await relay.stop();
});
