import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, startLab } from "../test/lab/lab";
import { connection } from "../test/stack/world";
import { type Cost, runCreates } from "./cost/run";
import { markdownTable, measuredHere, putFigures, writeData } from "./pages";

const HOSTS = Number(process.env.BENCH_HOSTS?.split(",").at(-1) ?? 32);
const AT_ONCE = 16;
/** What the provider allows itself, whatever the engine asks for. */
const MOST_HANDSHAKES = 32;
const RESOURCES = [250, 500, 1000];

let lab: Lab;

beforeAll(async () => {
  lab = await startLab({ hosts: HOSTS });
});
afterAll(() => lab?.stop());

const doorOn = (connection: Readonly<Record<string, unknown>>) => ({
  connection,
  sequence: [{ protocol: "tcp", port: 1000 }],
  door: [{ protocol: "tcp", ports: [22] }],
  owner: "organization/bench/cost/door",
});

test("what a door costs the provider's process", async () => {
  const live = await runCreates(lab, {
    doors: lab.hosts.map((host) => doorOn(connection(lab, host))),
    atOnce: AT_ONCE,
    handshakeMs: 0,
  });
  const replays: [number, Cost][] = [];
  for (const count of RESOURCES) {
    const doors = Array.from({ length: count }, (_, n) =>
      doorOn({ host: `198.18.${n >> 8}.${n & 255}`, privateKey: "recorded" }),
    );
    // All at once: more than any engine asks for.
    const request = { doors, atOnce: count, replayed: live.recording, handshakeMs: 20 };
    replays.push([count, await runCreates(lab, request)]);
  }
  const row = (name: string, count: number, cost: Cost) => [
    name,
    cost.seconds.toFixed(1),
    (cost.cpuMs / count).toFixed(1),
    cost.peakMb.toFixed(0),
    `${cost.mostUnderWay}`,
  ];
  putFigures(
    "cost",
    [
      markdownTable(
        ["doors made", "seconds", "CPU ms a door", "peak MB", "handshakes at once"],
        [
          row(`${HOSTS} lab hosts, ${AT_ONCE} at once`, HOSTS, live),
          ...replays.map(([count, cost]) => row(`${count} recorded hosts, all at once`, count, cost)),
        ],
      ),
      `The process that runs the provider, without Pulumi's own part; recorded hosts take 20 ms a handshake. ${measuredHere()}.`,
    ].join("\n\n"),
  );
  writeData("cost", { live: { ...live, recording: undefined }, replays, measured: measuredHere() });
  for (const [, { mostUnderWay }] of replays) expect(mostUnderWay).toBeLessThanOrEqual(MOST_HANDSHAKES);
  const [[few, least] = [0, live], , [many, most] = [0, live]] = replays;
  // Linear: the last of a thousand costs no more than the first of some hundreds, with room for what the machine does.
  expect(most.cpuMs / many).toBeLessThan((least.cpuMs / few) * 1.5);
  expect(most.peakMb).toBeLessThan((least.peakMb * many) / few);
}, 300_000);
