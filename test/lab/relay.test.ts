import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seed } from "../policy/seed";
import { type Host, type Lab, startLab } from "./lab";
import { startRelay } from "./relay";

describe("a relay between the controller and the hosts", () => {
  let lab: Lab;
  let host: Host;

  beforeAll(async () => {
    lab = await startLab({ hosts: 2 });
    host = lab.host();
  });
  afterAll(() => lab?.stop());

  /** The round trips in milliseconds of so many pings, in the order in which they came back. */
  async function pings(count: number, to: string): Promise<{ numbers: number[]; times: number[] }> {
    const options = ["-n", "-c", String(count), "-i", "0.005", "-W", "2"];
    const { stdout } = await lab.controller.exec(["ping", ...options, to]);
    const lines = [...stdout.matchAll(/icmp_seq=(\d+) .*time=([\d.]+) ms/g)];
    return {
      numbers: lines.map(([, number]) => Number(number)),
      times: lines.map(([, , time]) => Number(time)),
    };
  }

  test.each([["ipv4"], ["ipv6"]] as const)(
    "delays each way, over %s, and not between hosts",
    async (family) => {
      const relay = await startRelay(lab, { delayMs: 50, seed: seed() });
      const { numbers, times } = await pings(20, host[family]);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      expect(numbers).toHaveLength(20);
      expect(Math.min(...times)).toBeGreaterThanOrEqual(100);
      // A delay counted twice would be 200.
      expect(times.sort((a, b) => a - b)[10]).toBeLessThan(150);
      const between = await lab.host(2).run(["ping", "-c1", "-W1", host[family]]);
      expect(Number(/time=([\d.]+)/.exec(between)?.[1])).toBeLessThan(50);
      await relay.stop();
      expect((await pings(1, host[family])).times[0]).toBeLessThan(50);
    },
  );

  test("loses packets each way, the same ones for the same seed", async () => {
    const value = seed();
    const lossOf = async (lossPercent: number) => {
      const relay = await startRelay(lab, { lossPercent, seed: value });
      const { numbers } = await pings(400, host.ipv4);
      return { numbers, counts: await relay.stop() };
    };
    const first = await lossOf(20);
    // Losses of a binomial distribution: 400 with p = 0.2 lie within 80 ± 40 but for one run in a million.
    expect(first.counts.toHosts).toEqual({
      carried: 400 - first.counts.toHosts.lost,
      lost: expect.any(Number),
    });
    expect(first.counts.toHosts.lost).toBeGreaterThan(40);
    expect(first.counts.toHosts.lost).toBeLessThan(120);
    expect(first.numbers).toHaveLength(first.counts.toController.carried);
    expect(await lossOf(20)).toEqual(first);
    expect((await lossOf(0)).numbers).toHaveLength(400);
  });

  test("lets packets overtake each other where the delay varies", async () => {
    const relay = await startRelay(lab, { jitterMs: 60, seed: seed() });
    const { numbers } = await pings(100, host.ipv4);
    expect(numbers).toHaveLength(100);
    expect(numbers).not.toEqual([...numbers].sort((a, b) => a - b));
    await relay.stop();
  });
});
