import { beforeAll, describe, expect, test } from "vitest";
import { nodeDynamic, nodePlugin } from "./languages/languages";
import { outputOf, type Wanted } from "./languages/wanted";
import { useStack } from "./useStack";
import { connection, SEQUENCE, traces } from "./world";

const HOSTS = 8;

describe("a stack of 8 hosts goes from a dynamic provider to the plugin, and back", () => {
  const { lab, stack } = useStack({ program: "languages/node", hosts: HOSTS });
  let held: unknown[];

  /** Sequences that rotate, a calendar, one-time tokens, and a fleet of the last two hosts. */
  function wanted(keepers: Readonly<Record<string, string>>): Wanted {
    const door = [{ protocol: "tcp", ports: [22] }];
    const on = (number: number) => connection(lab, lab.host(number), { dialErrorLimit: 4 });
    const resources: Record<string, Wanted["resources"][string]> = {};
    for (const number of [1, 2, 3, 4]) {
      resources[`knocks${number}`] = { type: "KnockSequence", properties: { overlap: "1h", keepers } };
      resources[`ssh${number}`] = {
        type: "PortKnock",
        properties: {
          connection: on(number),
          sequence: outputOf(`knocks${number}.current`),
          previous: outputOf(`knocks${number}.previousSequences`),
          door,
        },
      };
    }
    resources.windows = {
      type: "KnockSequence",
      properties: { master: "0123456789abcdef0123456789abcdef", host: "h5", rotateEvery: "1d" },
    };
    resources.calendar = {
      type: "PortKnock",
      properties: {
        connection: on(5),
        calendar: { derivation: outputOf("windows.derivation"), days: 2, windowMinutes: 240 },
        door,
      },
    };
    resources.tokens = {
      type: "PortKnock",
      properties: { connection: on(6), sequence: SEQUENCE, oneTime: { tokens: 3 }, door },
    };
    resources.opened = {
      type: "OpenDoor",
      properties: { host: lab.host(6).ipv4, sequence: SEQUENCE },
      dependsOn: ["tokens"],
    };
    resources.edge = {
      type: "PortKnockFleet",
      properties: {
        hosts: { web7: { connection: on(7) }, web8: { connection: on(8) } },
        door,
        canary: 1,
      },
    };
    return {
      resources,
      outputs: { rules: outputOf("ssh1.rules"), clientConfig: outputOf("ssh1.clientConfig") },
    };
  }

  const firewalls = () => Promise.all(lab.hosts.map((host) => host.firewall()));
  const types = async () => {
    const { deployment } = await stack.export();
    return new Set((deployment.resources ?? []).map(({ type }) => type.split(":").slice(0, 2).join(":")));
  };

  beforeAll(async () => {
    await nodeDynamic.declare(stack, wanted({}));
    await stack.up();
    await nodeDynamic.declare(stack, wanted({ reason: "a rotation" }));
    await stack.up();
    held = await firewalls();
  });

  test("up with the other import changes nothing: not one resource, not one rule", async () => {
    expect(JSON.stringify(held)).toContain("--datestop");
    await nodePlugin.declare(stack, wanted({ reason: "a rotation" }));
    const shown = await stack.up("--expect-no-changes");
    expect(shown).toMatch(/\d+ unchanged/);
    expect(await firewalls()).toEqual(held);
    expect(await types()).toEqual(new Set(["pulumi:pulumi", "portknock:index", "pulumi:providers"]));
    await stack.refresh("--expect-no-changes");
    expect(await stack.must("stack", "export")).not.toContain("0123456789abcdef0123456789abcdef");
  });

  test("and back", async () => {
    await nodeDynamic.declare(stack, wanted({ reason: "a rotation" }));
    await stack.up("--expect-no-changes");
    expect(await firewalls()).toEqual(held);
    expect(await types()).toContain("pulumi-nodejs:dynamic/portknock");
    await stack.refresh("--expect-no-changes");
    await stack.destroy();
    for (const host of lab.hosts) expect(await traces(host)).not.toContain("PORTKNOCK");
  });
});
