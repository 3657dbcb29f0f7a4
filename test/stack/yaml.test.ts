import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { asYaml, outputOf, type Wanted } from "./languages/wanted";
import { useStack } from "./useStack";
import { connection, isOpen, traces } from "./world";

describe("a door of Pulumi YAML, by the plugin", () => {
  const { lab, stack, host } = useStack({ program: "languages/yaml" });
  let before: string;

  const declare = (wanted: Wanted) => writeFile(join(stack.project, "Pulumi.yaml"), asYaml(wanted));

  beforeAll(async () => {
    before = await traces(host);
    await declare({
      resources: {
        knocks: { type: "KnockSequence", properties: { protocols: ["tcp", "udp"] } },
        ssh: {
          type: "PortKnock",
          properties: {
            connection: connection(lab, host),
            sequence: outputOf("knocks.current"),
            previous: outputOf("knocks.previousSequences"),
            door: [{ protocol: "tcp", ports: [22] }],
            openForSeconds: 3,
          },
        },
        opened: {
          type: "OpenDoor",
          properties: { host: host.ipv4, sequence: outputOf("knocks.current") },
          dependsOn: ["ssh"],
        },
      },
      outputs: { knockCommand: outputOf("ssh.knockCommand"), rules: outputOf("ssh.rules") },
    });
  });

  test("preview shows every rule, and no knock", async () => {
    const shown = await stack.preview();
    expect(shown).toMatch(/--dport <knock 1> .*-j RETURN"/);
    expect(shown).toMatch(/sequence *: \[secret\]/);
    expect(await traces(host)).toBe(before);
  });

  test("up closes the port; another up changes nothing", async () => {
    await stack.up();
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 10_000 }).toBe(false);
    await stack.up("--expect-no-changes");
    await stack.refresh("--expect-no-changes");
  });

  test("destroy leaves the host as it was", async () => {
    await stack.destroy();
    await expect.poll(() => traces(host), { timeout: 10_000 }).toBe(before);
  });
});
