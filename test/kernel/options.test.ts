import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Policy, PolicyArgs } from "../../provider/policy/types";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { tableOf } from "../../provider/rules/nftables/names";
import { complete } from "../policy/complete";
import { load, loadNative } from "./host";
import { address, buildInjector, inject, listen, type Salvo, type Sent, type Shot } from "./inject";
import { AGAIN, type Line, pause, script, tcp, udp } from "./script";
import { families, variants, World } from "./world";

const base: PolicyArgs = {
  sequence: [tcp(7000), udp(8000)],
  door: [
    { protocol: "tcp", ports: [22] },
    { protocol: "udp", ports: [53] },
  ],
  openForSeconds: 60,
};
const knocks = [tcp(7000), udp(8000)];
const LOCKOUT = { wrongKnocks: 10, withinSeconds: 60, forSeconds: 60 };

/** What random words do not reach: services that answer, whole networks, bytes on the wire, counters. */
describe.each(variants.flatMap((variant) => families.map((family) => ({ variant, family }))))(
  "$variant, $family",
  ({ variant, family }) => {
    let world: World;
    let hosts = 0;

    beforeAll(async () => {
      await buildInjector();
      world = await World.start();
    });
    afterAll(() => world.stop());

    /** On nftables, where rules count only if they are told to, those that log do. */
    const counting = (text: string) => text.replaceAll(" log prefix", " counter log prefix");

    async function host(options: Partial<Policy>, services: readonly string[] = []): Promise<string> {
      const name = `h${hosts++}`;
      const policy = complete({ ...base, ...options });
      await world.addHosts([name]);
      const ruleset = compile(policy, identify("options", name));
      await load(world, name, variant, policy, ruleset);
      if (variant === "nftables" && policy.log) await loadNative(world, name, ruleset, counting);
      if (services.length > 0) await listen(world, name, services);
      return name;
    }

    async function fire(name: string, ...lines: Line[]): Promise<readonly Sent[]> {
      const salvo: Salvo = { host: name, family, source: 1, shots: script(...lines) };
      return (await inject(world, [salvo]))[0] ?? [];
    }

    const answersOf = (sent: readonly Sent[]) => sent.map(({ answer }) => answer);

    test("a single use: a SYN whose answer was lost gets it again, another one none", async () => {
      const name = await host({ singleUse: true }, ["tcp/22"]);
      const sent = await fire(
        name,
        ...knocks,
        { packet: tcp(22), flow: 5000 },
        AGAIN,
        pause(1000),
        AGAIN,
        tcp(22),
      );
      expect(answersOf(sent.slice(2))).toEqual(["syn-ack", "syn-ack", "syn-ack", "none"]);
    });

    test("a single use that nothing answers is used up", async () => {
      const name = await host({ singleUse: true, closedResponse: "reset" });
      const sent = await fire(name, ...knocks, { packet: tcp(22), flow: 5000 }, AGAIN);
      expect(answersOf(sent.slice(2))).toEqual(["none", "reset"]);
    });

    test.each([
      ["a door that listens to it", { loopbackKnocks: true }, "open"],
      ["a door at lo", { interface: "lo" }, "open"],
      ["no other door", {}, "closed"],
      ["no door that hears every packet", { lockout: LOCKOUT }, "closed"],
    ])("what the host sends to itself is heard by %s", async (_, options, want) => {
      const name = await host({ ...options, sequence: [udp(7000), udp(8000)] }, ["tcp/22"]);
      const itself = family === "ipv4" ? "127.0.0.1" : "::1";
      const lines = [
        ...[7000, 8000].map((port) => `echo > /dev/udp/${itself}/${port}`),
        `timeout 1 bash -c '< /dev/tcp/${itself}/22' && echo open || echo closed`,
      ];
      expect((await world.run(name, ["bash", "-c", lines.join("\n")])).trim()).toBe(want);
    });

    const neighbour = (from: number): Omit<Shot, "atMs"> => ({ packet: tcp(22), flow: 5000 + from, from });

    test("a grant for a network is for all of it and no more, and its knocks come from one address", async () => {
      const name = await host({ grantPrefix: { ipv4: 25, ipv6: 121 } });
      const sent = await fire(name, ...knocks, tcp(22), neighbour(127), neighbour(128));
      expect(answersOf(sent.slice(2))).toEqual(["reset", "reset", "none"]);
      const other = await host({ grantPrefix: { ipv4: 25, ipv6: 121 } });
      const [first, second] = knocks;
      const split = [
        ...(first ? [first] : []),
        ...(second ? [{ packet: second, flow: 1, from: 2 }] : []),
        tcp(22),
      ];
      expect(answersOf(await fire(other, ...split)).at(-1)).toBe("none");
    });

    test("another prefix makes another list: the new mask counts at once", async () => {
      const name = await host({});
      expect(answersOf(await fire(name, ...knocks, tcp(22))).at(-1)).toBe("reset");
      const policy = complete({ ...base, grantPrefix: { ipv4: 25, ipv6: 121 } });
      await load(world, name, variant, policy, compile(policy, identify("options", name)));
      expect(answersOf(await fire(name, tcp(22), ...knocks, neighbour(127))).at(-1)).toBe("reset");
    });

    const probes: readonly Shot["flags"][] = [undefined, "bogus", "ack", "fin", "null", "xmas", "rst"];

    test("a door that resets answers as a closed port, byte for byte but for the flow label", async () => {
      const name = await host({ closedResponse: "reset" });
      for (const [door, closed] of [
        [tcp(22), tcp(23)],
        [udp(53), udp(54)],
        [
          { ...udp(53), payload: `hex:${"6f".repeat(36)}` },
          { ...udp(54), payload: `hex:${"6f".repeat(36)}` },
        ],
      ] as const) {
        for (const flags of door.protocol === "tcp" ? probes : [undefined]) {
          const shots = [door, closed].map(
            (packet): Line => ({ packet, flow: 5000, keep: true, ...(flags && { flags }) }),
          );
          const [atDoor, atClosed] = await fire(name, ...shots);
          // Two that are not answered at all would be alike as well.
          if (flags === undefined) expect(atClosed?.frame ?? "").not.toBe("");
          expect(atDoor?.answer).toBe(atClosed?.answer);
          expect(leveled(atDoor)).toBe(leveled(atClosed));
        }
      }
    });

    /**
     * A frame without its ports and the checksums that they are in, and without a counter of the host's (IPv4's
     * identification). The kernel's own RST over IPv6 has a flow label, where the host makes them; REJECT's has none.
     */
    function leveled({ frame = "" }: Sent = { atMs: 0, withinMs: 0, answer: "none" }): string {
      const bytes = Buffer.from(frame, "base64");
      const start = 14 + (family === "ipv4" ? 20 : 40);
      const isTcp = bytes[family === "ipv4" ? 23 : 20] === 6;
      const inner = start + 8 + (family === "ipv4" ? 20 : 40);
      const ports = isTcp
        ? [
            [start, 4],
            [start + 16, 2],
          ]
        : [
            [start + 2, 2],
            [inner, 4],
            [inner + 6, 2],
          ];
      const own =
        family === "ipv4"
          ? [
              [18, 2],
              [24, 2],
            ]
          : isTcp
            ? [[15, 3]]
            : [];
      for (const [at = 0, size = 0] of [...ports, ...own])
        if (at < bytes.length) bytes.fill(0, at, at + size);
      return bytes.toString("hex");
    }

    test("the log has a line for a granted connection and for a locked out source, and none for a knock", async () => {
      const lockout = { wrongKnocks: 2, withinSeconds: 60, forSeconds: 60 };
      const name = await host({ lockout, log: { prefix: "ssh", limitPerMinute: 60 } });
      await fire(name, ...knocks, tcp(22), tcp(1), tcp(2), udp(8000), tcp(22));
      const logs = await loggedOn(name);
      expect(logs).toHaveLength(4);
      // Both tries were granted ones, and at the second one the source was locked out already.
      expect(logs.filter((line) => !line.endsWith(" 0"))).toEqual(["ssh granted 2"]);
      const other = await host({ lockout, log: { prefix: "ssh", limitPerMinute: 60 } });
      await fire(other, tcp(1), tcp(2), tcp(22));
      expect(await loggedOn(other)).toContain("ssh lockout 1");
    });

    /** What each rule that logs has logged, of the door's ports alone: `PREFIX PACKETS`. */
    async function loggedOn(name: string): Promise<string[]> {
      if (variant === "nftables") {
        const listed = await world.run(name, ["nft", "list", "table", ...tableOf(family).split(" ")]);
        return [...listed.matchAll(/dport (?:22|53) .*counter packets (\d+) .*log prefix "([^"]*)"/g)].map(
          ([, packets, prefix]) => `${prefix}${packets}`,
        );
      }
      const tool = `${family === "ipv4" ? "iptables" : "ip6tables"}-${variant === "legacy" ? "legacy" : "nft"}-save`;
      const saved = await world.run(name, [tool, "-c", "-t", "filter"]);
      return [...saved.matchAll(/^\[(\d+):.*--dport (?:22|53) .*-j LOG --log-prefix "([^"]*)"/gm)].map(
        ([, packets, prefix]) => `${prefix}${packets}`,
      );
    }

    test("a denied network gets nothing, an allowed one needs no knock, and others are strangers", async () => {
      const own = `${address(family, 1)}/${family === "ipv4" ? 32 : 128}`;
      const wide = family === "ipv4" ? "198.51.100.0/24" : "2001:db8:51::/64";
      const only = { families: [family] } as const;
      const tries = async (options: Partial<Policy>) =>
        answersOf(await fire(await host({ ...only, ...options }), tcp(22), ...knocks, tcp(22)));
      expect(await tries({ allowFrom: [own] })).toEqual(["reset", "reset", "port-unreachable", "reset"]);
      expect(await tries({ allowFrom: [wide], denyFrom: [own] })).toEqual([
        "none",
        "reset",
        "port-unreachable",
        "none",
      ]);
      expect(await tries({ denyFrom: [wide] })).toEqual(["none", "reset", "port-unreachable", "none"]);
    });
  },
);
