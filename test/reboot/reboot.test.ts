import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killGroup } from "../lab/lab";
import { makeStack, type Stack } from "../stack/stack";
import { isOpen, SEQUENCE, sshDoor } from "../stack/world";
import { type MachineLab, startMachine } from "./machine";
import { expectClosed, expectDoor, FLAVOURS, traces, upThatDies } from "./world";

const ROTATED = [...SEQUENCE].reverse();

/** What loads the lab's foreign rules. */
const FOREIGN = {
  iptables: [
    ["iptables-restore", "foreign-ipv4.rules"],
    ["ip6tables-restore", "foreign-ipv6.rules"],
  ],
  nftables: [["nft -f -", "foreign.nft"]],
} as const;

/** Ends a word for each connection that gets through, and reports each try. */
const WATCH = `while :; do nc -z -w 1 "$1" 22 && echo open || echo closed; done`;

describe.each(FLAVOURS)("reboots of $release, variant $variant", (flavour) => {
  let lab: MachineLab;
  let stack: Stack;
  let before: string;

  beforeAll(async () => {
    lab = await startMachine(flavour);
    stack = await makeStack(lab);
    before = await traces(lab.host());
  });
  afterAll(() => lab?.stop());

  const declare = (more: Readonly<Record<string, unknown>> = {}) =>
    stack.declare({ ssh: sshDoor(lab, lab.host(), more) });

  /** Microseconds after the boot at which a unit became active. */
  const activeAt = async (unit: string) =>
    Number(
      await lab.host().run(["systemctl", "show", "--value", "-p", "ActiveEnterTimestampMonotonic", unit]),
    );

  test("a change that is pending at a power cut ends in no door", async () => {
    await declare();
    await upThatDies(lab, stack);
    expect(await isOpen(lab, lab.host().ipv4)).toBe(false);
    await lab.reboot("cut");
    expect(await traces(lab.host())).toBe(before);
    expect(await isOpen(lab, lab.host().ipv4)).toBe(true);
  });

  test("up has the door loaded at boot, and says by whom", async () => {
    await stack.up();
    expect((await stack.doors())[0]?.outputs).toMatchObject({ persistence: "systemd" });
    await stack.refresh("--clear-pending-creates", "--expect-no-changes");
    await expectDoor(lab, stack);
  });

  test("a door is closed from before the network is up, and a knock opens it", async () => {
    const held = await lab.host().firewall();
    await expectClosed(lab);
    const watch = lab.controller.spawn(["sh", "-c", WATCH, "sh", lab.host().ipv4]);
    let seen = "";
    watch.stdout.on("data", (data: Buffer) => {
      seen += data;
    });
    await lab.reboot();
    const tries = seen.length;
    await expect.poll(() => seen.length).toBeGreaterThan(tries);
    killGroup(watch);
    expect(seen).toMatch(/^(closed\n)+$/);

    expect(await lab.host().firewall()).toEqual(held);
    const network = flavour.release === "bookworm" ? "networking.service" : "systemd-networkd.service";
    const [door, networkPre, started] = await Promise.all(
      ["portknock.service", "network-pre.target", network].map(activeAt),
    );
    expect(door).toBeGreaterThan(0);
    expect(networkPre).toBeGreaterThan(Number(door));
    expect(started).toBeGreaterThan(Number(networkPre));
    await expectDoor(lab, stack);
    await stack.refresh("--expect-no-changes");
  });

  test.each(["clean", "cut"] as const)(
    "a change that is pending at a reboot (%s) ends in the door before it",
    async (how) => {
      const held = await lab.host().firewall();
      const stored = await traces(lab.host());
      await declare({ sequence: ROTATED });
      await upThatDies(lab, stack);
      expect(await lab.host().firewall()).not.toEqual(held);
      await lab.reboot(how);
      expect(await lab.host().firewall()).toEqual(held);
      expect(await traces(lab.host())).toBe(stored);
      await declare();
      await stack.refresh("--expect-no-changes");
      await expectDoor(lab, stack);
    },
  );

  test("a changed door is the one that a reboot brings back", async () => {
    await declare({ sequence: ROTATED });
    await stack.up();
    const held = await lab.host().firewall();
    await lab.reboot();
    expect(await lab.host().firewall()).toEqual(held);
    await expectDoor(lab, stack);
  });

  test("destroy leaves no unit, link, folder, file, chain or list, and foreign rules as they were", async () => {
    const host = lab.host();
    await stack.destroy();
    expect(await traces(host)).toBe(before);
    for (const [command, file] of FOREIGN[flavour.variant === "nftables" ? "nftables" : "iptables"]) {
      await host.run(command.split(" "), { input: await readFile(join(__dirname, "../lab", file), "utf8") });
    }
    const foreign = await traces(host);
    await stack.up();
    expect(await traces(host)).not.toBe(foreign);
    await stack.destroy();
    expect(await traces(host)).toBe(foreign);
    await lab.reboot();
    expect(await traces(lab.host())).toBe(before);
    expect(await isOpen(lab, lab.host().ipv4)).toBe(true);
  });
});
