import { beforeAll, describe, expect, test } from "vitest";
import { useStack } from "./useStack";
import { connection, isOpen, sshDoor, traces } from "./world";

/** Lets no new ssh login through once an apply has begun, and returns when its rules are loaded. */
const CATCH = `
until [ -d /run/portknock/pending ]; do :; done
kill -STOP "$(cat /run/sshd.pid)"
until iptables -S INPUT | grep -q PORTKNOCK && ip6tables -S INPUT | grep -q PORTKNOCK; do :; done
`;

describe("a change that nobody confirms", () => {
  const { lab, stack, host } = useStack();
  let before: string;

  beforeAll(async () => {
    before = await traces(host);
    await stack.declare({ ssh: sshDoor(lab, host, { rollbackAfterSeconds: 15 }) });
  });

  /** Kills every process of the controller at the instant when only the confirm is missing. */
  async function upThatDies(): Promise<void> {
    const caught = host.run(["sh", "-c", CATCH]);
    const up = stack.pulumi("up", "--yes", "--skip-preview");
    await caught;
    await lab.controller.exec(["bash", "-c", "kill -KILL -1"]);
    expect((await up).code).not.toBe(0);
    await host.run(["sh", "-c", 'kill -CONT "$(cat /run/sshd.pid)"']);
    expect(await host.run(["ls", "/run/portknock/pending"])).toMatch(/^tx$/m);
    // Closed but for the grant of a knock that was on its way.
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 6_000 }).toBe(false);
  }

  /** Killed with it, Pulumi leaves the lock of its file:// backend; this is its own command for that. */
  async function unlock(): Promise<void> {
    await stack.must("cancel", "--yes");
  }

  test("goes back by itself when its up was killed, and the next up works", async () => {
    await upThatDies();
    await expect.poll(() => traces(host), { timeout: 30_000 }).toBe(before);
    expect(await isOpen(lab, host.ipv4)).toBe(true);
    await unlock();
    expect(await stack.up()).toContain("1 pending operations from previous deployment");
    expect(await stack.doors()).toHaveLength(1);
    // Pulumi goes on to warn until it is told that the create is settled.
    await stack.refresh("--clear-pending-creates", "--expect-no-changes");
    expect((await stack.export()).deployment.pending_operations).toBeUndefined();
    await stack.destroy();
    await expect.poll(() => traces(host), { timeout: 10_000 }).toBe(before);
  });

  test("is taken over by the next up, before it would have gone back", async () => {
    await upThatDies();
    await unlock();
    await stack.up();
    expect(await stack.doors()).toHaveLength(1);
    expect(await host.exec(["ls", "/run/portknock"])).toMatchObject({ stdout: "" });
    await stack.refresh("--expect-no-changes");
  });

  test("a destroy that would lock everyone out is taken back, and the door still works", async () => {
    const drop = ["INPUT", "-p", "tcp", "-m", "tcp", "--dport", "22", "-j", "DROP"];
    await stack.declare({
      ssh: sshDoor(lab, host, { connection: connection(lab, host, { dialErrorLimit: 2 }) }),
    });
    await stack.up();
    await host.run(["iptables", "-A", ...drop]);
    const held = await host.firewall();
    const { stdout, stderr, code } = await stack.pulumi("destroy", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(
      /no fresh connection confirmed the change.*Host's firewall: rolled back/s,
    );
    expect(stdout + stderr).toContain("the host's own rules do not let SSH in");
    expect(await host.firewall()).toEqual(held);
    expect(await stack.doors()).toHaveLength(1);
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 10_000 }).toBe(false);
    await stack.knock("ssh");
    expect(await isOpen(lab, host.ipv4)).toBe(true);
    await host.run(["iptables", "-D", ...drop]);
    await stack.destroy();
    await expect.poll(() => traces(host), { timeout: 10_000 }).toBe(before);
  });
});
