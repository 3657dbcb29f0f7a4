import { describe, expect, test } from "vitest";
import type { Host } from "../lab/lab";
import { told } from "../situations";
import { useStack } from "./useStack";
import { connection, isOpen, sshDoor } from "./world";

describe("a server that is gone, and one that was rebuilt", () => {
  const { lab, stack } = useStack({ hosts: 3 });

  const doorOn = (
    on: Host,
    more: Readonly<Record<string, unknown>> = {},
    login: Readonly<Record<string, unknown>> = {},
  ) => sshDoor(lab, on, { connection: connection(lab, on, { dialErrorLimit: 2, ...login }), ...more });
  const urn = "urn:pulumi:test::program::pulumi-nodejs:dynamic/portknock:PortKnock::ssh";
  const hasDoor = async (host: Host) => (await host.firewall()).ipv4.includes("PORTKNOCK");

  /** As on a server that was installed anew. */
  async function forget(host: Host): Promise<void> {
    for (const tool of ["iptables", "ip6tables"])
      await host.run(["sh", "-c", `${tool}-save | grep -vE 'PORTKNOCK|PK-' | ${tool}-restore`]);
    await host.run(["rm", "-rf", "/etc/portknock"]);
  }

  async function failing(...args: string[]): Promise<string> {
    const { stdout, stderr, code } = await stack.pulumi(...args, "--yes", "--skip-preview");
    expect(code, stdout).not.toBe(0);
    return stdout + stderr;
  }

  test("destroy and refresh say what to do, and it works: options and credentials need no host", async () => {
    const host = lab.host(1);
    await stack.declare({ ssh: doorOn(host) });
    await stack.up();
    await host.linkDown();
    const way = told("refresh or delete, and nobody answers", { urn });
    for (const command of ["destroy", "refresh"]) expect(await failing(command)).toContain(way);
    await stack.declare({
      ssh: doorOn(
        host,
        { onUnreachable: "abandon", rollbackAfterSeconds: 30 },
        { privateKey: `${lab.privateKey}\n`, dialErrorLimit: 1, perDialTimeout: 5 },
      ),
    });
    const began = performance.now();
    expect(await stack.up()).toMatch(/~ 1 updated/);
    // Less than one try at a host that is silent takes beside Pulumi's own work.
    console.log(`updated in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    const [door] = await stack.doors();
    expect(door?.outputs).toMatchObject({
      onUnreachable: "abandon",
      rollbackAfterSeconds: 30,
      stateVersion: 1,
    });
    expect(door?.outputs?.rules).toEqual(door?.inputs?.rules);
    expect(await stack.preview("--expect-no-changes")).toBeTruthy();
    await stack.destroy();
    expect(await stack.doors()).toEqual([]);
    // What nobody could take away is there, and the next up takes it over.
    await host.linkUp();
    expect(await hasDoor(host)).toBe(true);
    await stack.declare({ ssh: doorOn(host) });
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 10_000 }).toBe(false);
    await stack.up();
    await stack.refresh("--expect-no-changes");
  });

  test("wrong credentials are not tried out, and the next change says that they are wrong", async () => {
    const host = lab.host(1);
    await stack.declare({ ssh: doorOn(host, {}, { user: "nobody-here" }) });
    await stack.up();
    expect(await failing("refresh")).toContain("the host refuses to log nobody-here in");
    await stack.declare({ ssh: doorOn(host) });
    await stack.up();
  });

  test("a replacement away from a host that is gone, with abandon in the same up", async () => {
    const [old, other] = [lab.host(1), lab.host(2)];
    await old.linkDown();
    await stack.declare({ ssh: doorOn(other) });
    expect(await failing("up")).toContain(told("refresh or delete, and nobody answers", { urn }));
    expect(await hasDoor(other)).toBe(false);
    // The new host is not there yet either: the old door is forgotten, and the next up makes the new one.
    await other.linkDown();
    await stack.declare({ ssh: doorOn(other, { onUnreachable: "abandon" }) });
    expect(await failing("up")).toContain(`${other.ipv4}, connecting: no SSH connection`);
    await other.linkUp();
    await stack.up();
    expect(await hasDoor(other)).toBe(true);
    expect((await stack.doors()).map(({ outputs }) => outputs?.onUnreachable)).toEqual(["abandon"]);
    await old.linkUp();
    expect(await hasDoor(old)).toBe(true);
  });

  test("pulumi state delete with the URN as it is told", async () => {
    await stack.must("state", "delete", urn, "--yes");
    expect(await stack.doors()).toEqual([]);
    await expect.poll(() => isOpen(lab, lab.host(2).ipv4), { timeout: 10_000 }).toBe(false);
    await stack.up();
    expect(await stack.doors()).toHaveLength(1);
  });

  test("rebuilt at the same address: its new key is asked for, and then up makes the door again", async () => {
    const host = lab.host(2);
    const key = "/etc/ssh/ssh_host_ed25519_key";
    await host.run(["sh", "-c", `rm ${key}* && ssh-keygen -q -t ed25519 -N '' -f ${key}`]);
    await forget(host);
    await host.restartSshd();
    expect(await failing("refresh")).toContain("connection.hostKey");
    const hostKey = (await host.run(["cat", `${key}.pub`])).trim();
    await stack.declare({ ssh: doorOn(host, {}, { hostKey }) });
    await stack.up();
    expect(await hasDoor(host)).toBe(true);
    await stack.refresh("--expect-no-changes");
    await stack.destroy();
  });

  test("rebuilt without iptables: up tells how the door comes into nftables", async () => {
    const host = lab.host(3);
    await stack.declare({ ssh: doorOn(host) });
    await stack.up();
    await forget(host);
    await host.run(["sh", "-c", "rm /etc/alternatives/ip*tables*"]);
    await stack.declare({ ssh: doorOn(host, { openForSeconds: 4 }) });
    expect(await failing("up")).toContain(told("a host without iptables", { host: host.ipv4 }));
    await stack.declare({ ssh: doorOn(host, { openForSeconds: 4, backend: "nftables" }) });
    await stack.up();
    expect((await stack.doors())[0]?.outputs).toMatchObject({ firewall: "nftables" });
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 10_000 }).toBe(false);
    await stack.knock("ssh");
    expect(await isOpen(lab, host.ipv4)).toBe(true);
    await stack.refresh("--expect-no-changes");
    await stack.destroy();
  });
});
