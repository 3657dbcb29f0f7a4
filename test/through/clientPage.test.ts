import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { clientDoor } from "../../provider/policy/clientConfig";
import { parseSequence } from "../../provider/policy/text";
import { type Host, type Lab, startLab } from "../lab/lab";
import { asUser, closeDoors, makeUser, putDoor } from "./world";

const SEQUENCE = "tcp/7000,udp/8000,icmp/120";

/** The commands of the page on the client, in order. */
async function commands(): Promise<string[]> {
  const page = await readFile(join(__dirname, "../../docs/how-to/client.md"), "utf8");
  const [, section = ""] = /<!-- commands -->([\s\S]*?)<!-- \/commands -->/.exec(page) ?? [];
  return section.split("\n").flatMap((line) => (line.startsWith("    ") ? [line.trim()] : []));
}

describe("the page on the client", async () => {
  const lines = await commands();
  let lab: Lab;
  let host: Host;
  let work: string;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    lab = await startLab();
    host = lab.host();
    await makeUser(lab);
    const door = [{ protocol: "tcp" as const, ports: [22, 8080] }];
    await putDoor(host, SEQUENCE, { door });
    work = join(lab.dir, "work");
    await mkdir(join(work, "site"), { recursive: true });
    await mkdir(join(lab.dir, "state"));
    await cp(join(__dirname, "../../README.md"), join(work, "site/README.md"));
    const policy = { sequence: parseSequence(SEQUENCE), door };
    await writeFile(join(work, "policy.json"), JSON.stringify(policy));
    await writeFile(join(work, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
    environment = {
      PULUMI_BACKEND_URL: `file://${lab.dir}/state`,
      PULUMI_CONFIG_PASSPHRASE: "the lab's",
      XDG_RUNTIME_DIR: undefined,
    };
    // A stack whose outputs are there without a program: that a door has this one, test/stack sees.
    const clientConfig = { doors: [clientDoor("web", "192.0.2.11", policy, door)] };
    const urn = "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod";
    const root = { urn, custom: false, type: "pulumi:pulumi:Stack", outputs: { clientConfig } };
    const deployment = {
      manifest: { time: "2026-01-01T00:00:00Z", magic: "", version: "" },
      resources: [root],
    };
    for (const [command, input] of [
      ["pulumi stack init prod", ""],
      ["pulumi stack import", JSON.stringify({ version: 3, deployment })],
    ] as const) {
      const { code, stderr } = await shell(command, input);
      expect(code, stderr).toBe(0);
    }
    // Those before the file is written have the sequence from here.
    environment.PORTKNOCK_SEQUENCE = SEQUENCE;
  });
  afterAll(() => lab?.stop());
  beforeEach(() => closeDoors(host));

  const shell = (command: string, input = "") =>
    asUser(lab, ["bash", "-c", command], { input, cwd: work, env: environment });

  test("has every command of the client", () => {
    for (const name of ["ssh", "proxy", "run", "knock", "config", "export", "render", "schema", "completion"])
      expect(lines.join("\n")).toMatch(new RegExp(`portknock ${name} `));
  });

  test.each(lines.map((line) => [line]))("%s", async (line) => {
    if (line.includes("--stack")) environment.PORTKNOCK_SEQUENCE = undefined;
    const { stdout, stderr, code } = await shell(line);
    expect(code, stdout + stderr).toBe(0);
    if (/uptime/.test(line)) expect(stdout).toContain("load average");
    if (/curl/.test(line)) expect(stdout).toBe("h1\n");
    if (/--json/.test(line)) expect(JSON.parse(stdout)).toMatchObject({ open: true, address: "192.0.2.11" });
    if (/^knock|\| sh$/.test(line)) {
      expect((await shell("nc -z -w1 192.0.2.11 22")).code).toBe(0);
    }
  });

  test("what it says to write is there afterwards", async () => {
    expect(await host.run(["ls", "/root/site"])).toBe("README.md\n");
    const read = (file: string) => readFile(join(work, file), "utf8");
    expect(await read("knockd.conf")).toContain("sequence      = 7000:tcp,8000:udp\n");
    expect(JSON.parse(await read("web.json"))).toMatchObject({ sequences: [{ host: "192.0.2.11" }] });
    expect(JSON.parse(await read("policy.schema.json"))).toMatchObject({ required: ["door"] });
    expect(await read("door.mmd")).toMatch(/^stateDiagram-v2\n/);
    expect(await read("completion.bash")).toContain("complete -o default -F _portknock portknock");
    expect((await shell("ls -l ~/.config/portknock/config.json")).stdout).toMatch(/^-rw------- /);
  });
});
