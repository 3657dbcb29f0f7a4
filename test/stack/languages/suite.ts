import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { formatSequence } from "../../../provider/policy/text";
import type { Sequence } from "../../../provider/policy/types";
import { forms, leaks } from "../leaks";
import type { Stack } from "../stack";
import { useStack } from "../useStack";
import { connection, isOpen, traces } from "../world";
import type { Language } from "./languages";
import { outputOf, type Wanted, type WantedResource } from "./wanted";

/** Above the ports that the system hands out by itself, so that no log has them by chance. */
const PORTS = ["61100-65500"];
const FLEET_SEQUENCE = "tcp/61873,udp/62941,tcp/63617";

/** The life of doors by one language: the same tests for each. `prepare` is told of the stack before the first command. */
export function describeLife(
  language: Language,
  prepare: (stack: Stack) => Promise<void> = async () => {},
): void {
  describe(`the life of doors by ${language.name}`, () => {
    const { lab, stack, host } = useStack({ program: language.program, hosts: 3 });
    let before: string[];
    const printed: string[] = [];
    const secrets: string[] = [];
    const ports: number[] = [];

    const allTraces = () => Promise.all(lab.hosts.map(traces));
    const sequenceOf = (keepers: Readonly<Record<string, string>>): WantedResource => ({
      type: "KnockSequence",
      properties: { ports: PORTS, exclude: [61_100, 65_500], overlap: "60s", keepers },
    });
    const ssh: WantedResource = {
      type: "PortKnock",
      properties: {
        connection: {},
        sequence: outputOf("knocks.current"),
        previous: outputOf("knocks.previousSequences"),
        door: [{ protocol: "tcp", ports: [22] }],
        openForSeconds: 3,
      },
    };

    /** A door on SSH whose sequence rotates, a knock at it, and a door that waits for the address where that one opened. */
    function doors(keepers: Readonly<Record<string, string>> = {}): Wanted {
      return {
        resources: {
          knocks: sequenceOf(keepers),
          ssh: { ...ssh, properties: { ...ssh.properties, connection: connection(lab, host) } },
          opened: {
            type: "OpenDoor",
            properties: { host: host.ipv4, sequence: outputOf("knocks.current") },
            dependsOn: ["ssh"],
          },
          web: {
            type: "PortKnock",
            properties: {
              connection: connection(lab, host, { host: outputOf("opened.address") }),
              sequence: "udp/64123,tcp/64231",
              door: [{ protocol: "tcp", ports: [8080] }],
            },
            dependsOn: ["opened"],
          },
        },
        outputs: {
          rules: outputOf("ssh.rules"),
          knockCommand: outputOf("ssh.knockCommand"),
          clientConfig: outputOf("ssh.clientConfig"),
          current: outputOf("knocks.current"),
        },
      };
    }

    function fleet(hosts: readonly number[], more: Readonly<Record<string, unknown>> = {}): Wanted {
      const named = hosts.map((number) => [
        `web${number}`,
        {
          connection: { host: lab.host(number).ipv4 },
          // The last one has knocks of its own.
          ...(number === 3 && { sequence: FLEET_SEQUENCE, openForSeconds: 4 }),
        },
      ]);
      return {
        resources: {
          edge: {
            type: "PortKnockFleet",
            properties: {
              hosts: Object.fromEntries(named),
              connection: { privateKey: lab.privateKey, dialErrorLimit: 2 },
              sequence: { ports: PORTS },
              door: [{ protocol: "tcp", ports: [22] }],
              openForSeconds: 3,
              canary: 1,
              ...more,
            },
          },
        },
        outputs: { clientConfig: outputOf("edge.clientConfig") },
      };
    }

    async function pulumi(...args: string[]): Promise<string> {
      const text = await stack.must(...args);
      printed.push(text);
      return text;
    }
    const preview = () => pulumi("preview", "--diff", "--show-full-output");
    const up = (...flags: string[]) =>
      pulumi("up", "--yes", "--skip-preview", "--diff", "--show-full-output", ...flags);
    const refresh = (...flags: string[]) => pulumi("refresh", "--yes", "--skip-preview", "--diff", ...flags);
    /**
     * What an automation reads: each event, with the states of the resource before and after. Pulumi's SDKs put the values
     * that they send into debug messages there, secrets too (threat-model.md): no resource can keep them from that.
     */
    async function searchEvents(): Promise<void> {
      const text = await stack.must("up", "--yes", "--skip-preview", "--json");
      expect(text).toContain('"resOutputsEvent"');
      const lines = text
        .split("\n")
        .filter((line) => !line.includes('"diagnosticEvent":{"prefix":"debug: "'));
      printed.push(lines.join("\n"));
    }
    const output = async (name: string) =>
      JSON.parse(await stack.must("stack", "output", name, "--json", "--show-secrets"));
    const resource = async (type: string, name: string) => {
      const { deployment } = await stack.export();
      return deployment.resources?.find(({ urn }) => urn.endsWith(`${language.module}:${type}::${name}`));
    };

    beforeAll(async () => {
      await prepare(stack);
      before = await allTraces();
      secrets.push(...lab.privateKey.split("\n").slice(2, -2).flatMap(forms), "64123", "64231", "61873");
    });

    afterEach(async () => {
      for (const text of printed.splice(0)) expect(leaks(text, secrets, ports)).toEqual([]);
      for (const [path, text] of await stack.files()) expect(leaks(text, secrets, ports), path).toEqual([]);
    });

    async function remember(): Promise<void> {
      const current = (await output("current")) as Sequence;
      ports.push(...current.flatMap((step) => (step.protocol === "icmp" ? [] : [step.port])));
    }

    test("a preview shows the rules that are known, and touches no host", async () => {
      await language.declare(stack, doors());
      const shown = await preview();
      expect(shown).toMatch(/rules *: \[\s+\[0\]: "-I INPUT 1 -m comment/);
      expect(shown).toMatch(/--dport <knock 1> .*-j RETURN"/);
      expect(shown).toMatch(/sequence *: \[secret\]/);
      expect(shown.match(/rules *: \[unknown\]/g)).toHaveLength(1);
      expect(await pulumi("preview", "--json")).toContain('"newState"');
      expect(await allTraces()).toEqual(before);
    });

    test("up closes the ports, and one up more, and a refresh, change nothing", async () => {
      await up();
      await remember();
      await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 10_000 }).toBe(false);
      expect(await isOpen(lab, host.ipv4, 8080)).toBe(false);
      const { code, stderr } = await stack.exec(["sh", "-c", await output("knockCommand")]);
      expect(code, stderr).toBe(0);
      expect(await output("clientConfig")).toMatchObject({
        doors: [{ name: "ssh", host: host.ipv4, sequence: formatSequence(await output("current")) }],
      });
      const held = await host.firewall();
      await up("--expect-no-changes");
      await refresh("--expect-no-changes");
      expect(await host.firewall()).toEqual(held);
    });

    test("refresh shows drift rule by rule; up repairs it, and its preview knows every other rule", async () => {
      const { id } = (await resource("PortKnock", "ssh")) ?? {};
      await host.run(["iptables", "-D", `PK-${id}`, "-p", "tcp", "--dport", "22", "-j", "DROP"]);
      const shown = await refresh();
      expect(shown).toContain(`missing (ipv4): -A PK-${id} -p tcp -m tcp --dport 22 -j DROP`);
      const preview = await pulumi("preview", "--diff");
      expect(preview).toMatch(/~ \[\d+\]: "missing \(ipv4\): (-A .*)" => "\1"/);
      expect(preview).not.toContain("rules: [unknown]");
      await up();
      await refresh("--expect-no-changes");
    });

    test("a rotation is shown as such, and both sequences open", async () => {
      const before = (await output("current")) as Sequence;
      await language.declare(stack, doors({ reason: "a test" }));
      const shown = await preview();
      expect(shown).toMatch(/~ generation *: 1 => 2/);
      expect(shown).toMatch(/~ sequenceRevision *: 1 => 2/);
      expect(shown).toMatch(/\+ \[\d+\]: "-A PK-[0-9a-f]{10}-B -p tcp -m tcp --dport <knock 1> .*"/);
      await up();
      await remember();
      await searchEvents();
      expect(await output("current")).not.toEqual(before);
      for (const sequence of [before, (await output("current")) as Sequence]) {
        await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 15_000 }).toBe(false);
        const knock = [
          "portknock",
          "knock",
          host.ipv4,
          "--sequence",
          formatSequence(sequence),
          "--port",
          "22",
        ];
        expect(await stack.exec(knock)).toMatchObject({ code: 0 });
      }
    });

    test("what is wrong is told by its path, without its value", async () => {
      const wrong = doors();
      const properties = {
        ...ssh.properties,
        connection: connection(lab, host),
        sequence: "tcp/0,udp/64123",
      };
      await language.declare(stack, {
        resources: { knocks: sequenceOf({}), ssh: { ...ssh, properties } },
        outputs: { current: wrong.outputs?.current ?? outputOf("knocks.current") },
      });
      const { stdout, stderr, code } = await stack.pulumi("preview");
      expect(code).not.toBe(0);
      expect(stdout + stderr).toContain("sequence[0].port: must be a port");
      printed.push(stdout + stderr);
    });

    test("a fleet takes the place of the doors: the canary first", async () => {
      await language.declare(stack, fleet([2, 3]));
      expect(await preview()).toMatch(/\+ portknock:index:PortKnockFleet: \(create\)/);
      await up();
      expect((await traces(host)).includes("PORTKNOCK")).toBe(false);
      for (const number of [2, 3])
        await expect.poll(() => isOpen(lab, lab.host(number).ipv4), { timeout: 10_000 }).toBe(false);
      const config = await output("clientConfig");
      expect(config.doors.map(({ name }: { name: string }) => name)).toEqual(["web2", "web3"]);
      expect(config.doors[1]).toMatchObject({ sequence: FLEET_SEQUENCE, door: ["tcp/22"] });
      expect((await resource("PortKnock", "edge-web3"))?.outputs).toMatchObject({ openForSeconds: 4 });
      await up("--expect-no-changes");
      await refresh("--expect-no-changes");
    });

    test("a fleet's mistakes are told at once", async () => {
      await language.declare(stack, fleet([2, 3], { stepTimeoutSeconds: 0, canary: ["web9"] }));
      const { stdout, stderr, code } = await stack.pulumi("preview");
      expect(code).not.toBe(0);
      for (const path of ["stepTimeoutSeconds", "canary[0]"])
        expect(stdout + stderr).toContain(`  ${path}: must be `);
      printed.push(stdout + stderr);
    });

    test("destroy leaves the hosts as they were found", async () => {
      await language.declare(stack, { resources: {} });
      await pulumi("destroy", "--yes", "--skip-preview");
      await expect.poll(allTraces, { timeout: 10_000 }).toEqual(before);
    });
  });
}
