import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeStack, type Stack } from "../stack/stack";
import { sshDoor } from "../stack/world";
import { type MachineLab, type MachineOptions, startMachine } from "./machine";
import { expectClosed, traces } from "./world";

const ETC = "/etc/portknock";

const MACHINES: readonly MachineOptions[] = [
  { release: "bookworm", variant: "nf_tables" },
  { release: "trixie", variant: "nftables" },
];

describe.each(MACHINES)("where a door cannot be stored for the next boot, variant $variant", (options) => {
  let lab: MachineLab;
  let stack: Stack;
  let before: string;

  beforeAll(async () => {
    lab = await startMachine(options);
    stack = await makeStack(lab);
    before = await traces(lab.host());
  });
  afterAll(() => lab?.stop());

  const sh = (command: string) => lab.host().run(["sh", "-c", command]);

  test.each([
    ["the disk is full", `mount -t tmpfs -o size=4k full ${ETC} && printf x >${ETC}/filler`],
    [
      "the disk has room for one small file",
      `mount -t tmpfs -o size=8k full ${ETC} && printf x >${ETC}/filler`,
    ],
    ["it is read-only", `mount -t tmpfs -o ro full ${ETC}`],
  ])("%s: up says that the door is there, but not stored; the next up repairs it", async (_, mount) => {
    await stack.declare({ ssh: sshDoor(lab, lab.host()) });
    await sh(`mkdir -p ${ETC} && ${mount}`);
    const { stdout, stderr, code } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(
      /the change could not be stored for the next boot: .*(No space left|Read-only)/,
    );
    expect(stdout + stderr).toContain("Host's firewall: applied, not persisted");
    const [door] = await stack.doors();
    expect(door?.outputs).toMatchObject({ persistence: mount.includes(" ro ") ? "read-only" : "stale" });
    await expectClosed(lab);
    await sh(`umount ${ETC}`);
    await stack.up();
    expect((await stack.doors())[0]?.outputs).toMatchObject({ persistence: "systemd" });
    const held = await lab.host().firewall();
    await lab.reboot();
    expect(await lab.host().firewall()).toEqual(held);
    await stack.refresh("--expect-no-changes");
    await stack.destroy();
    expect(await traces(lab.host())).toBe(before);
  });

  test("a destroy whose door would come back at the next boot is no success; the next one is", async () => {
    await stack.up();
    await sh(`mount --bind ${ETC} ${ETC} && mount -o remount,bind,ro ${ETC}`);
    const { stdout, stderr, code } = await stack.pulumi("destroy", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain("could not be stored for the next boot");
    expect(await stack.doors()).toHaveLength(1);
    await sh(`umount ${ETC}`);
    await stack.destroy();
    expect(await traces(lab.host())).toBe(before);
    await lab.reboot();
    expect(await traces(lab.host())).toBe(before);
  });
});
