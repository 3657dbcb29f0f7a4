import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Host } from "../lab/lab";
import { useStack } from "./useStack";
import { connection, isOpen, sshDoor, traces } from "./world";

describe("a host that is not as it was", () => {
  const { lab, stack, host } = useStack({ hosts: 2 });
  let before: string;
  let hostKey: string;

  beforeAll(async () => {
    before = await traces(host);
    await stack.declare({ ssh: doorOn(host) });
    await stack.up();
  });

  const doorOn = (on: Host, more: Readonly<Record<string, unknown>> = {}) =>
    sshDoor(lab, on, { connection: connection(lab, on, { dialErrorLimit: 2, ...more }) });

  /** A command that must fail, and what it says. */
  async function failing(...args: string[]): Promise<string> {
    const { stdout, stderr, code } = await stack.pulumi(...args);
    expect(code).not.toBe(0);
    return stdout + stderr;
  }

  test("unreachable: refresh and destroy fail, and the state keeps the door", async () => {
    const known = await stack.export("--show-secrets");
    await host.linkDown();
    for (const command of ["refresh", "destroy"]) {
      const said = await failing(command, "--yes", "--skip-preview");
      expect(said).toContain(`${host.ipv4}, connecting: no SSH connection to port 22 in 2 tries`);
    }
    await host.linkUp();
    const [, , door] = (await stack.export("--show-secrets")).deployment.resources ?? [];
    expect(door).toMatchObject({ outputs: known.deployment.resources?.[2]?.outputs });
    await stack.refresh("--expect-no-changes");
  });

  test("reset to other rules: refresh reads the door as gone, and up makes it again", async () => {
    const held = await host.firewall();
    const owned = "PORTKNOCK|portknock|PK-";
    for (const tool of ["iptables", "ip6tables"]) {
      await host.run(["sh", "-c", `${tool}-save | grep -vE '${owned}' | ${tool}-restore`]);
    }
    expect(await stack.refresh()).toMatch(/- pulumi-nodejs:dynamic\/portknock:PortKnock: \(delete\)/);
    expect(await stack.doors()).toEqual([]);
    await stack.up();
    expect(await host.firewall()).toEqual(held);
  });

  test("another key: nothing is done, and the error shows both fingerprints", async () => {
    const held = await host.firewall();
    const key = "/etc/ssh/ssh_host_ed25519_key";
    const fingerprint = async () => (await host.run(["ssh-keygen", "-lf", `${key}.pub`])).split(" ")[1];
    const known = await fingerprint();
    await host.run(["sh", "-c", `rm ${key}* && ssh-keygen -q -t ed25519 -N '' -f ${key}`]);
    await host.restartSshd();
    await stack.declare({ ssh: { ...doorOn(host), openForSeconds: 4 } });
    const message =
      `${host.ipv4}, connecting: the host presents the key ${await fingerprint()} (ssh-ed25519), ` +
      `but the key recorded at create has ${known} (ssh-ed25519)`;
    for (const command of ["refresh", "up"]) {
      expect(await failing(command, "--yes", "--skip-preview")).toContain(message);
    }
    expect(await host.firewall()).toEqual(held);
    hostKey = (await host.run(["cat", `${key}.pub`])).trim();
  });

  test("connection.hostKey is what counts where it is given", async () => {
    const held = await host.firewall();
    await stack.declare({ ssh: doorOn(host, { hostKey: host.hostKey }) });
    expect(await failing("up", "--yes", "--skip-preview")).toContain(
      "(ssh-ed25519), but connection.hostKey has",
    );
    await stack.declare({ ssh: doorOn(host, { hostKey }) });
    await stack.up();
    expect(await host.firewall()).toEqual(held);
    expect((await stack.outputs("ssh")).hostKey).toBe(hostKey.split(" ").slice(0, 2).join(" "));
  });

  test("a key that known_hosts has as revoked is not taken, whoever else trusts it", async () => {
    const held = await host.firewall();
    const ssh = join(lab.controller.home, ".ssh");
    await mkdir(ssh, { recursive: true });
    for (const { more, known } of [
      { more: { hostKey }, known: "" },
      { more: {}, known: `${host.ipv4} ${hostKey}\n` },
      // The one recorded at create.
      { more: {}, known: "" },
    ]) {
      await writeFile(join(ssh, "known_hosts"), known);
      await stack.declare({ ssh: doorOn(host, more) });
      await stack.up();
      await stack.refresh("--expect-no-changes");
      await writeFile(join(ssh, "known_hosts"), `${known}@revoked * ${hostKey}\n`);
      const said = await failing("refresh", "--yes", "--skip-preview");
      expect(said).toContain("(ssh-ed25519), which known_hosts has as revoked.");
      expect(said).toContain("What to do: give the host a new key");
    }
    await rm(ssh, { recursive: true });
    expect(await host.firewall()).toEqual(held);
  });

  test("replaced on demand, the door is in place at the end", async () => {
    const held = await host.firewall();
    const [door] = await stack.doors();
    await stack.up("--replace", String(door?.urn));
    expect(await host.firewall()).toEqual(held);
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 10_000 }).toBe(false);
    await stack.knock("ssh");
    expect(await isOpen(lab, host.ipv4)).toBe(true);
  });

  test("replaced by another host: that one has the door, and this one is as it was found", async () => {
    const other = lab.host(2);
    const otherBefore = await traces(other);
    await stack.declare({ ssh: doorOn(other) });
    expect(await stack.up()).toMatch(/PortKnock: \(replace\)/);
    await expect.poll(() => traces(host), { timeout: 10_000 }).toBe(before);
    await expect.poll(() => isOpen(lab, other.ipv4), { timeout: 10_000 }).toBe(false);
    await stack.knock("ssh");
    expect(await isOpen(lab, other.ipv4)).toBe(true);
    await stack.destroy();
    await expect.poll(() => traces(other), { timeout: 10_000 }).toBe(otherBefore);
  });
});
