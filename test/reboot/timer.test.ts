import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeStack, type Stack } from "../stack/stack";
import { isOpen, SshSession, sshDoor } from "../stack/world";
import { type MachineLab, type MachineOptions, startMachine } from "./machine";
import { expectClosed, expectDoor, timers, traces, upThatDies } from "./world";

const MACHINES: readonly MachineOptions[] = [
  { release: "bookworm", variant: "nf_tables" },
  { release: "trixie", variant: "nf_tables" },
  { release: "trixie", variant: "nftables" },
];

describe.each(MACHINES)("the dead-man timer of $release, variant $variant", (options) => {
  let lab: MachineLab;
  let stack: Stack;
  let before: string;

  beforeAll(async () => {
    lab = await startMachine(options);
    stack = await makeStack(lab);
    before = await traces(lab.host());
    await stack.declare({ ssh: sshDoor(lab, lab.host(), { rollbackAfterSeconds: 15 }) });
  });
  afterAll(() => lab?.stop());

  test("takes back what nobody confirmed, though sshd was restarted and every session killed", async () => {
    const host = lab.host();
    await upThatDies(lab, stack);
    const [, tx = ""] = /^portknock-rollback-(\w{16})\.timer /m.exec(await timers(host)) ?? [];
    const unit = `portknock-rollback-${tx}`;
    expect(await host.run(["cat", "/run/portknock/pending/unit"])).toBe(`${unit}\n`);
    expect(await host.run(["systemctl", "is-active", `${unit}.timer`])).toBe("active\n");
    const scope = [
      "sh",
      "-c",
      "systemctl list-units --plain --no-legend --type scope 'session-*' | cut -d ' ' -f 1",
    ];
    const sessions = (await host.run(scope)).split("\n").filter(Boolean);
    if (sessions.length > 0) await host.run(["systemctl", "kill", "--signal=KILL", ...sessions]);
    await host.run(["systemctl", "kill", "--signal=KILL", "ssh"]);
    await host.run(["systemctl", "restart", "ssh"]);
    // Closed but for the grant of a knock that was on its way.
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 6_000 }).toBe(false);
    await expect.poll(() => traces(host), { timeout: 30_000, interval: 200 }).toBe(before);
    expect(await isOpen(lab, host.ipv4)).toBe(true);
    const journal = await host.run(["journalctl", "--no-pager", "--output=cat", "--unit", unit]);
    expect(journal).toContain("Deactivated successfully");
  });

  test("is gone after a confirm, and leaves no failed unit", async () => {
    await stack.up();
    expect(await timers(lab.host())).toBe("");
    expect(await lab.host().exec(["ls", "/run/portknock"])).toMatchObject({ stdout: "" });
    expect(await lab.host().run(["systemctl", "is-system-running"])).toBe("running\n");
    await expectDoor(lab, stack);
  });

  test("takes a change of a door back to that door, and an open session lives on", async () => {
    const host = lab.host();
    const held = await traces(host);
    await expectClosed(lab);
    await stack.knock("ssh");
    const session = new SshSession(lab, host.ipv4);
    session.say("before");
    await expect.poll(() => session.heard, { timeout: 10_000 }).toBe("before\n");
    await stack.declare({ ssh: sshDoor(lab, host, { rollbackAfterSeconds: 15, openForSeconds: 4 }) });
    await stack.up();
    expect(await timers(host)).toBe("");
    expect(await traces(host)).not.toBe(held);
    session.say("after");
    await expect.poll(() => session.heard, { timeout: 10_000 }).toBe("before\nafter\n");
    session.end();
    const changed = await traces(host);
    await stack.declare({ ssh: sshDoor(lab, host, { rollbackAfterSeconds: 15 }) });
    await upThatDies(lab, stack);
    await host.run(["systemctl", "kill", "--signal=CONT", "ssh"]);
    expect(await traces(host)).not.toBe(changed);
    await expect.poll(() => traces(host), { timeout: 30_000, interval: 200 }).toBe(changed);
    await expectDoor(lab, stack);
  });
});
