import { beforeAll, describe, expect, test } from "vitest";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { complete } from "../policy/complete";
import { load } from "./host";
import { buildInjector, inject, type Salvo, type Scan } from "./inject";
import { script, tcp } from "./script";
import { families, variants, World } from "./world";

/** So long that no scan is too slow, and that what it had opened would still be open at its end. */
const policy = complete({
  sequence: [tcp(7000), tcp(8000), tcp(9000)],
  door: [{ protocol: "tcp", ports: [22] }],
  openForSeconds: 86_400,
  stepTimeoutSeconds: 3_600,
});

/** As fast as it goes, and two speeds of patient scanners. */
const speeds = [1_000_000, 10_000, 3_000];

const scans = (["up", "down", "random"] as const).flatMap((order) =>
  speeds.map((perSecond): Scan => ({ order, perSecond })),
);

beforeAll(buildInjector);

describe.concurrent("a scan of all 65,535 TCP ports never opens a door of three steps", () => {
  test.each(variants)("%s", async (variant) => {
    const world = await World.start();
    try {
      const salvos = families.flatMap((family) =>
        scans.map((scan, index): Salvo => {
          const host = `${family.slice(-1)}-${index}`;
          return { host, family, source: 1, scan, shots: script(tcp(22), ...policy.sequence, tcp(22)) };
        }),
      );
      // A scan does open a door whose knocks lie side by side: this is what the linter warns of.
      const [first] = scans;
      if (first)
        salvos.push({ host: "beside", family: "ipv4", source: 1, scan: first, shots: script(tcp(22)) });
      await world.addHosts(salvos.map(({ host }) => host));
      for (const { host } of salvos) {
        const scanned =
          host === "beside" ? { ...policy, sequence: [tcp(7000), tcp(7001), tcp(7002)] } : policy;
        await load(world, host, variant, scanned, compile(scanned, identify("scan", host)));
        await world.run(host, ["sysctl", "-q", "-w", "net.netfilter.nf_conntrack_tcp_timeout_close=1"]);
      }
      const sent = await inject(world, salvos);
      expect(sent.pop()?.at(-1)?.answer).toBe("reset");
      salvos.pop();
      const open = sent.map((answers) => [answers.at(0)?.answer, answers.at(-1)?.answer]);
      // Closed after the scan, and the same source still opens it by its sequence.
      expect(open).toEqual(salvos.map(() => ["none", "reset"]));
    } finally {
      await world.stop();
    }
  });
});
