import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { asYaml } from "./languages/wanted";
import { forms, leaks } from "./leaks";
import { makeStack, type Stack } from "./stack";
import { useStack } from "./useStack";
import { sshDoor, webDoor } from "./world";

const OPTIONS = {
  openForSeconds: 7,
  singleUse: true,
  closedResponse: "reset",
  allowFrom: ["198.51.100.128/25", "2001:db8:9::/48"],
  denyFrom: ["203.0.113.0/24"],
  lockout: { wrongKnocks: 3, withinSeconds: 60, forSeconds: 120 },
  rateLimit: { connectionsPerMinute: 30, burst: 4 },
  log: { prefix: "web", limitPerMinute: 5 },
  ignore: [{ protocol: "udp", ports: [53] }, { protocol: "icmp" }],
};

/** A rule of someone else's in a door's chain: how it comes there, and how it is told. */
const FOREIGN = [
  {
    firewall: "iptables",
    variant: "nf_tables",
    add: (id: string) => `iptables -A PK-${id} -p tcp --dport 5900 -j ACCEPT`,
    told: /unexpected \(ipv4\): -A PK-[0-9a-f]{10} -p tcp -m tcp --dport 5900 -j ACCEPT/,
  },
  {
    firewall: "nftables",
    variant: "nftables",
    add: (id: string) => `nft add rule ip portknock PK-${id} tcp dport 5900 accept`,
    told: /unexpected \(ipv4\): add rule ip portknock PK-[0-9a-f]{10} tcp dport 5900 accept/,
  },
] as const;

describe.each(FOREIGN)(
  "doors in $firewall that another stack made are imported by the plugin",
  ({ firewall, variant, add, told }) => {
    const { lab, stack, host } = useStack({ variant });
    let other: Stack;
    const printed: string[] = [];

    beforeAll(async () => {
      const ssh = sshDoor(lab, host);
      const web = webDoor(lab, host, OPTIONS);
      await stack.declare({ ssh, web });
      await stack.up();
      other = await makeStack(lab, undefined, "languages/yaml");
      await declare(web);
      const json = JSON.stringify({ privateKey: lab.privateKey });
      await setSecret("portknock:connection", json);
      await setSecret("portknock:knock", "tcp/7001,udp/8001,icmp/121");
    });

    async function setSecret(key: string, input: string): Promise<void> {
      const { code, stderr } = await other.exec(["pulumi", "config", "set", "--secret", key], { input });
      expect(code, stderr).toBe(0);
    }

    const declare = (properties: Readonly<Record<string, unknown>>) =>
      writeFile(
        join(other.project, "Pulumi.yaml"),
        asYaml({ resources: { web: { type: "PortKnock", properties } } }),
      );

    async function importDoor(id: string): Promise<{ code: number; text: string }> {
      const flags = ["--yes", "--skip-preview", "--protect=false"];
      const { stdout, stderr, code } = await other.pulumi(
        "import",
        "portknock:index:PortKnock",
        "web",
        id,
        ...flags,
      );
      printed.push(stdout + stderr);
      return { code, text: stdout + stderr };
    }

    test("a host with two doors names both; one that it does not have is told so", async () => {
      const { code, text } = await importDoor(host.ipv4);
      expect(code).not.toBe(0);
      expect(text).toMatch(/has the doors [0-9a-f]{10}, [0-9a-f]{10}: add the id of one/);
      const missing = await importDoor(`${host.ipv4}/0123456789`);
      expect(missing.code).not.toBe(0);
      expect(missing.text).toContain("does not exist");
    });

    test("every option comes back, and the first up changes the door in place", async () => {
      const doors = await stack.doors();
      const web = doors.find(({ urn }) => urn.endsWith("::web"));
      const { code, text } = await importDoor(`${host.ipv4}/${web?.id}`);
      expect(code, text).toBe(0);
      expect(text).not.toContain("bug in the");
      const [imported] = await other.doors();
      expect(imported?.id).toBe(web?.id);
      expect(imported?.outputs).toMatchObject({ ...OPTIONS, firewall, owner: web?.outputs?.owner });
      const shown = await other.must("preview", "--diff", "--json");
      const { steps } = JSON.parse(shown.slice(shown.indexOf("{"), shown.lastIndexOf("}") + 1)) as {
        steps: { urn: string; op: string }[];
      };
      expect(steps.find(({ urn }) => urn.endsWith("::web"))).toMatchObject({ op: "update" });
    });

    test("rules that no option makes are refused, and told", async () => {
      await other.must("state", "delete", "--yes", String((await other.doors())[0]?.urn));
      const doors = await stack.doors();
      const web = doors.find(({ urn }) => urn.endsWith("::web"));
      await host.run(["sh", "-ec", add(String(web?.id))]);
      const { code, text } = await importDoor(`${host.ipv4}/${web?.id}`);
      expect(code).not.toBe(0);
      expect(text).toContain("cannot be imported");
      expect(text).toMatch(told);
    });

    test("no credential and no sequence was printed, or stands in the state", async () => {
      const secrets = lab.privateKey.split("\n").slice(2, -2).flatMap(forms);
      const ports = [7101, 8101, 7001, 8001];
      for (const text of printed) expect(leaks(text, secrets, ports)).toEqual([]);
      for (const [path, text] of await other.files()) expect(leaks(text, secrets, ports), path).toEqual([]);
    });
  },
);
