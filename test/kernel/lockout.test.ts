import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lint } from "../../provider/lint/lint";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { iptables } from "../../provider/rules/iptables/backend";
import { renderDocument } from "../../provider/rules/iptables/render";
import { complete } from "../policy/complete";
import { buildInjector, inject } from "./inject";
import { type Line, script, tcp, udp } from "./script";
import { families, iptablesVariants, World } from "./world";

const SLOTS = Number(readFileSync("/sys/module/xt_recent/parameters/ip_list_tot", "utf8"));
const lockout = { wrongKnocks: 5, withinSeconds: 3_600, forSeconds: 86_400 };
const policy = complete({
  door: [{ protocol: "tcp", ports: [22] }],
  sequence: [tcp(7000), udp(8000)],
  lockout,
});

describe.each(iptablesVariants.flatMap((variant) => families.map((family) => ({ variant, family }))))(
  "what a lockout is worth, $variant, $family",
  ({ variant, family }) => {
    let world: World;
    let hosts = 0;

    beforeAll(async () => {
      await buildInjector();
      world = await World.start();
    });
    afterAll(() => world.stop());

    async function host(): Promise<string> {
      const name = `h${hosts++}`;
      await world.addHosts([name]);
      await world.restore(
        name,
        variant,
        family,
        renderDocument(compile(policy, identify("web", name)), family),
      );
      return name;
    }

    async function isOpen(name: string, source: number, ...lines: Line[]): Promise<boolean> {
      const [sent] = await inject(world, [{ host: name, family, source, shots: script(...lines, tcp(22)) }]);
      return sent?.at(-1)?.answer === "reset";
    }

    const right = policy.sequence ?? [];
    const wrong = (count: number): Line[] => Array.from({ length: count }, (_, index) => tcp(9_000 + index));
    /** The lockout of each of so many others. */
    const forged = (sources: number, each: number): Line[] =>
      Array.from({ length: sources }, (_, index) => index).flatMap((index) =>
        wrong(each).map((packet, flow) => ({ packet, flow: 30_000 + flow, from: 50 + index }) as Line),
      );

    test("so many forged packets as the linter says lift it, and one source's fewer do not", async () => {
      const name = await host();
      const { reason } =
        lint(policy, iptables.listLimit, { listSlots: SLOTS }).find(
          ({ code }) => code === "lockout-lifted",
        ) ?? {};
      const [, packets] = /: (\d+) packets with forged/.exec(reason ?? "") ?? [];
      expect(await isOpen(name, 1, ...wrong(lockout.wrongKnocks), ...right), "locked out").toBe(false);
      expect(await isOpen(name, 2, ...forged(SLOTS - 1, lockout.wrongKnocks))).toBe(false);
      expect(await isOpen(name, 1, ...right), "one list's places less one").toBe(false);
      const last = forged(SLOTS, lockout.wrongKnocks);
      expect(last).toHaveLength(Number(packets));
      expect(await isOpen(name, 2, ...last)).toBe(false);
      expect(await isOpen(name, 1, ...right), "lifted").toBe(true);
    });

    test("so many keep it from coming about, however many wrong knocks there are", async () => {
      const name = await host();
      for (let round = 0; round < 5; round++)
        expect(await isOpen(name, 1, ...wrong(lockout.wrongKnocks - 1), ...forged(SLOTS, 1))).toBe(false);
      expect(await isOpen(name, 1, ...right)).toBe(true);
    });

    test("whoever has another address needs none of that", async () => {
      const name = await host();
      expect(await isOpen(name, 1, ...wrong(lockout.wrongKnocks), ...right)).toBe(false);
      expect(await isOpen(name, 3, ...right)).toBe(true);
    });
  },
);
