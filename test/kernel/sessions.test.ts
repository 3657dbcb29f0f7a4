import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Policy, Step } from "../../provider/policy/types";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { complete } from "../policy/complete";
import { load } from "./host";
import { type Answer, buildInjector, HOST_ADDRESS, inject, listen, type Shot } from "./inject";
import { type Line, pause, ping, script, tcp, udp } from "./script";
import { families, variants, World } from "./world";

const LISTENING = 7001;
const REFUSED = 7002;

const base = complete({
  sequence: [tcp(7000), udp(8000), ping(120)],
  door: [
    { protocol: "tcp", ports: [22] },
    { protocol: "udp", ports: [53] },
  ],
  openForSeconds: 1,
  stepTimeoutSeconds: 10,
  ignore: [],
});

const data = (packet: Step, flow: number): Omit<Shot, "atMs"> => ({ packet, flow, flags: "data" });
const datagram = (flow: number): Omit<Shot, "atMs"> => ({ packet: udp(53), flow, patienceMs: 5000 });

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

    async function host(policy: Policy, services: readonly string[] = []): Promise<string> {
      const name = `h${hosts++}`;
      await world.addHosts([name]);
      await load(world, name, variant, policy, compile(policy, identify("sessions", name)));
      if (services.length > 0) await listen(world, name, services);
      return name;
    }

    async function answers(name: string, ...lines: Line[]): Promise<Answer[]> {
      const [sent] = await inject(world, [{ host: name, family, source: 1, shots: script(...lines) }]);
      return (sent ?? []).map(({ answer }) => answer);
    }

    test("a connection outlives its grant, and a new one needs a new grant", async () => {
      const name = await host(base, ["tcp/22"]);
      const [syn, before, after, late] = (
        await answers(
          name,
          ...base.sequence,
          { packet: tcp(22), flow: 5000 },
          data(tcp(22), 5000),
          pause(1300),
          data(tcp(22), 5000),
          tcp(22),
        )
      ).slice(base.sequence.length);
      expect({ syn, before, after, late }).toEqual({
        syn: "syn-ack",
        before: "ack",
        after: "ack",
        late: "none",
      });
    });

    test("an exchange of datagrams outlives its grant", async () => {
      const name = await host(base, ["udp/53"]);
      const exchange = [datagram(5000), pause(1300), datagram(5000), udp(53)];
      const [before, after, late] = (await answers(name, ...base.sequence, ...exchange)).slice(
        base.sequence.length,
      );
      expect({ before, after, late }).toEqual({ before: "datagram", after: "datagram", late: "none" });
    });

    test("a knock port answers as it would without the door", async () => {
      const sequence = [tcp(LISTENING), tcp(7000), udp(8000), tcp(REFUSED)];
      const name = await host({ ...base, sequence }, [`tcp/${LISTENING}`, "tcp/22"]);
      const refuse = `-A INPUT -p tcp -m tcp --dport ${REFUSED} -j REJECT`;
      await world.restore(name, variant, family, ["*filter", refuse, "COMMIT", ""].join("\n"));
      expect(await answers(name, ...sequence, tcp(22))).toEqual([
        ...["syn-ack", "reset", "port-unreachable", "port-unreachable", "syn-ack"],
      ]);
    });

    test("what follows on a knock's own connection is no attempt", async () => {
      const sequence = [tcp(LISTENING), udp(8000)];
      const name = await host({ ...base, sequence }, [`tcp/${LISTENING}`]);
      const knock = { packet: tcp(LISTENING), flow: 5000 };
      const rest = [data(tcp(LISTENING), 5000), data(tcp(LISTENING), 5000), udp(8000), tcp(22)];
      expect((await answers(name, knock, ...rest)).at(-1)).toBe("reset");
    });

    test("three pings of one id are three knocks", async () => {
      const sequence = [ping(100), ping(200), ping(300)];
      const name = await host({ ...base, sequence });
      const pings = sequence.map((packet): Line => ({ packet, flow: 7 }));
      expect(await answers(name, ...pings, tcp(22))).toEqual(["echo", "echo", "echo", "reset"]);
    });

    test("a connection that is older than connection tracking stays", async () => {
      const name = `h${hosts++}`;
      await world.addHosts([name]);
      await listen(world, name, ["tcp/22"]);
      const fire = (...lines: Line[]) =>
        inject(world, [{ host: name, family, source: 1, shots: script(...lines) }]).then(
          ([sent]) => sent ?? [],
        );
      const before = await fire({ packet: tcp(22), flow: 5000 }, data(tcp(22), 5000));
      expect(before.map(({ answer }) => answer)).toEqual(["syn-ack", "ack"]);
      await load(world, name, variant, base, compile(base, identify("sessions", name)));
      const resume = before.at(-1)?.numbers;
      if (resume === undefined) throw new Error("no connection");
      const after = await fire({ ...data(tcp(22), 5000), resume }, tcp(22));
      expect(after.map(({ answer }) => answer)).toEqual(["ack", "none"]);
    });

    const strayAnswers = async (service: string) => {
      const name = await host(base, [service]);
      const bogus = { packet: tcp(22), flow: 5001, flags: "bogus" as const };
      return await answers(name, tcp(22), data(tcp(22), 5000), bogus);
    };

    test("what belongs to no connection gets no answer", async () => {
      expect(await strayAnswers("tcp/22")).toEqual(["none", "none", "none"]);
    });

    // xt_socket takes a socket that listens on one address, unlike one that listens on all, for an open connection.
    test("but is refused, as by a closed port, where the service listens on one address", async () => {
      const address = family === "ipv4" ? HOST_ADDRESS.ipv4 : `[${HOST_ADDRESS.ipv6}]`;
      expect(await strayAnswers(`tcp/${address}:22`)).toEqual(["none", "reset", "none"]);
    });

    test("a flood in the other family pushes nobody off a list", async () => {
      const name = await host({ ...base, stepTimeoutSeconds: 60, openForSeconds: 60 });
      const [first, ...rest] = base.sequence;
      if (first === undefined) throw new Error("no sequence");
      const flood = Array.from({ length: 200 }, (_, source) => ({
        ...{
          host: name,
          family: family === "ipv4" ? ("ipv6" as const) : ("ipv4" as const),
          source: source + 1,
        },
        shots: script(first),
      }));
      expect(await answers(name, first)).toEqual(["reset"]);
      await inject(world, flood);
      expect((await answers(name, ...rest, tcp(22))).at(-1)).toBe("reset");
    });
  },
);
