import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, startLab } from "../test/lab/lab";
import { startRelay } from "../test/lab/relay";
import { connection } from "../test/stack/world";
import { measuredHere, putFigures, writeData } from "./pages";
import { drawWaterfall } from "./waterfall/draw";
import { runCreate } from "./waterfall/run";

/** Each way, so that what the processors take is little beside it. */
const DELAY_MS = 100;
const ROUND_TRIP_MS = 2 * DELAY_MS;
const AT_MOST = 18;

let lab: Lab;

beforeAll(async () => {
  lab = await startLab({ hosts: 1 });
});
afterAll(() => lab?.stop());

/** What `ssh` itself takes for a script of one line: two of them are what no safe apply can do without. */
async function plainSsh(): Promise<number> {
  const { ipv4 } = lab.host();
  const options = ["-i", lab.privateKeyFile, "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR"];
  const began = performance.now();
  await lab.controller.run(["ssh", ...options, `root@${ipv4}`, "sh", "-s"], { input: "true\n" });
  return (performance.now() - began) / ROUND_TRIP_MS;
}

test("what one host's apply waits for", async () => {
  const relay = await startRelay(lab, { delayMs: DELAY_MS, seed: 1 });
  const host = lab.host();
  const ssh = await plainSsh();
  const waterfall = await runCreate(lab, {
    inputs: {
      connection: connection(lab, host),
      sequence: [{ protocol: "tcp", port: 1000 }],
      door: [{ protocol: "tcp", ports: [22] }],
      owner: "organization/bench/waterfall/door",
    },
  });
  await relay.stop();
  expect(waterfall.verified).toEqual({ closedBeforeKnock: true, openAfterKnock: true });
  const trips = waterfall.totalMs / ROUND_TRIP_MS;
  putFigures(
    "waterfall",
    [
      "```text",
      drawWaterfall(waterfall, ROUND_TRIP_MS),
      "```",
      "",
      `${DELAY_MS} ms each way, ${trips.toFixed(1)} round trips with what the processors took; ${AT_MOST} were aimed at. ` +
        `\`ssh\` takes ${ssh.toFixed(1)} here for a script of one line, so two of them ${(2 * ssh).toFixed(1)}. ${measuredHere()}.`,
    ].join("\n"),
  );
  writeData("waterfall", { ...waterfall, ssh, roundTripMs: ROUND_TRIP_MS, measured: measuredHere() });
  expect(trips).toBeLessThanOrEqual(2 * ssh + 2);
});
