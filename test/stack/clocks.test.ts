import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { formatSequence } from "../../provider/policy/text";
import type { Sequence } from "../../provider/policy/types";
import type { Host } from "../lab/lab";
import { forms, leaks, readableByAnyone } from "./leaks";
import { useStack } from "./useStack";
import { connection, isOpen } from "./world";

const MASTER = "Marked-master-secret-of-more-than-32-characters";
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Outputs {
  current: Sequence;
  generation: number;
  derivation?: { subkey: string };
}

/** Clocks are not namespaced: where the host's is to be wrong, all others are wrong by as much the other way. */
describe("wrong clocks", () => {
  const { lab, stack } = useStack({ hosts: 2, program: "fleet" });
  let host: Host;
  let derived: Host;
  let keepers = {};
  const printed: string[] = [];
  const secrets = [...forms(MASTER)];
  const known: number[] = [];

  beforeAll(async () => {
    [host, derived] = [lab.host(1), lab.host(2)];
    const set = await stack.exec(["pulumi", "config", "set", "--secret", "master"], { input: MASTER });
    expect(set.code).toBe(0);
  });

  const CLOCK = join(__dirname, "fleet/clock.cjs");
  const clock = (errorMs: number) => ({
    NODE_OPTIONS: `--require ${CLOCK}`,
    CLOCK_ERROR_MS: String(errorMs),
  });

  async function declare(): Promise<void> {
    const door = (at: Host) => ({
      ...{ connection: connection(lab, at), door: [{ protocol: "tcp", ports: [22] }] },
      ...{ openForSeconds: 2, rollbackAfterSeconds: 15 },
    });
    const ports = { ports: ["61100-65500"] };
    await stack.declare({
      random: { sequence: { overlap: "30m", keepers, ...ports }, door: door(host) },
      derived: { sequence: { rotateEvery: "1h", host: derived.ipv4, ...ports }, door: door(derived) },
    });
  }

  async function up(errorMs: number): Promise<Record<string, Outputs>> {
    await declare();
    const command =
      "pulumi up --yes --skip-preview --diff --show-full-output --non-interactive --color never";
    const { code, stdout, stderr } = await stack.exec(command.split(" "), { env: clock(errorMs) });
    printed.push(stdout + stderr);
    expect(code, stdout + stderr).toBe(0);
    const shown = await stack.must("stack", "output", "doors", "--json", "--show-secrets");
    const all = JSON.parse(shown.slice(shown.indexOf("{"))) as Record<string, Outputs>;
    for (const { current, derivation } of Object.values(all)) {
      known.push(...current.flatMap((step) => (step.protocol === "icmp" ? [] : [step.port])));
      const bytes = Buffer.from(derivation?.subkey ?? "", "hex");
      if (derivation) secrets.push(derivation.subkey, bytes.toString("base64").slice(0, -1));
    }
    return all;
  }

  async function rotate(errorMs: number): Promise<Record<string, Outputs>> {
    keepers = { at: String(Date.now()) };
    return await up(errorMs);
  }

  /** Knocks with the client, and says whether that opened the door. */
  async function opens(address: string, flags: readonly string[], errorMs = 0): Promise<boolean> {
    await expect.poll(() => isOpen(lab, address), { timeout: 10_000 }).toBe(false);
    const command = ["portknock", "knock", address, "--port", "22", "--timeout", "5", ...flags];
    return (await stack.exec(command, { env: clock(errorMs) })).code === 0;
  }

  const withSequence = (outputs: Record<string, Outputs>, name: string) => [
    "--sequence",
    formatSequence(outputs[name]?.current ?? []),
  ];

  test("with a host's clock a day fast, the old sequence ends at once, the new one opens, Pulumi gets in", async () => {
    const before = await up(0);
    const after = await rotate(-DAY_MS);
    expect(await opens(host.ipv4, withSequence(before, "random"))).toBe(false);
    expect(await opens(host.ipv4, withSequence(after, "random"))).toBe(true);
    expect((await host.firewall()).ipv4).toMatch(/--datestop/);
  });

  test("with a host's clock a day slow, both open until the next up", async () => {
    const before = await up(0);
    const after = await rotate(DAY_MS);
    expect(await opens(host.ipv4, withSequence(before, "random"))).toBe(true);
    expect(await opens(host.ipv4, withSequence(after, "random"))).toBe(true);
    await up(DAY_MS + 31 * 60_000);
    expect((await host.firewall()).ipv4).not.toMatch(/--datestop/);
    expect(await opens(host.ipv4, withSequence(before, "random"))).toBe(false);
  });

  test("a client whose clock is an hour fast or slow computes its way in", async () => {
    const { derived: outputs } = await up(0);
    const file = join(lab.controller.home, "derivation.json");
    await writeFile(file, JSON.stringify(outputs?.derivation));
    await chmod(file, 0o600);
    for (const errorMs of [0, HOUR_MS, -HOUR_MS]) {
      expect(await opens(derived.ipv4, ["--derivation", file], errorMs), `${errorMs} ms`).toBe(true);
    }
    expect(await opens(derived.ipv4, ["--derivation", file], 3 * HOUR_MS)).toBe(false);
  });

  test("master secret, subkeys and sequences are nowhere in plain text", async () => {
    const config = await lab.controller.run(["sh", "-c", `cat ${stack.project}/Pulumi.*.yaml`]);
    const texts: [string, string][] = [
      ...printed.map((text): [string, string] => ["printed", text]),
      ...(await stack.files()),
      ["configuration", config],
      ["the host's files", await readableByAnyone(host)],
      ["the other host's files", await readableByAnyone(derived)],
    ];
    expect(secrets.length).toBeGreaterThan(6);
    expect(known.length).toBeGreaterThan(16);
    for (const [where, text] of texts) expect(leaks(text, secrets, known), where).toEqual([]);
    // The exception, which only root can read; the master and the subkeys are not even there.
    const rules = await derived.run(["sh", "-c", "cat /etc/portknock/*; iptables-save"]);
    expect(leaks(rules, [], known).length).toBeGreaterThan(0);
    expect(leaks(rules, secrets, [])).toEqual([]);
  });
});
