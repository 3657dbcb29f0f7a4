import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeStack, type Stack } from "../stack/stack";
import { isOpen, sshDoor } from "../stack/world";
import { type MachineLab, startMachine } from "./machine";
import { expectClosed, FLAVOURS, traces } from "./world";

const TOKENS = 4;

describe.each(FLAVOURS)("one-time tokens and reboots, $release, variant $variant", (flavour) => {
  let lab: MachineLab;
  let stack: Stack;
  let before: string;

  beforeAll(async () => {
    lab = await startMachine(flavour);
    stack = await makeStack(lab);
    before = await traces(lab.host());
    await stack.declare({ ssh: sshDoor(lab, lab.host(), { oneTime: { tokens: TOKENS } }) });
  });
  afterAll(() => lab?.stop());

  const tokensLeft = async () => (await stack.doors())[0]?.outputs?.tokensLeft;

  /** The client's file, without the sequence: it is the tokens that shall open the door. */
  async function takeConfig(): Promise<void> {
    const { clientConfig } = await stack.outputs("ssh");
    const folder = join(lab.controller.home, ".config/portknock");
    await mkdir(folder, { recursive: true });
    const doors = clientConfig.doors.map(({ sequence: _, ...door }) => door);
    await writeFile(join(folder, "config.json"), JSON.stringify({ doors }), { mode: 0o600 });
  }

  const knock = async () => {
    const { stdout } = await stack.exec(["portknock", "knock", lab.host().ipv4, "--json", "--timeout", "4"]);
    return (JSON.parse(stdout) as { open: boolean }).open;
  };

  test("a token opens the door before a reboot; none of those that were left does after it", async () => {
    await stack.up();
    await takeConfig();
    await expectClosed(lab);
    expect(await knock()).toBe(true);
    const held = await lab.host().firewall();
    await lab.reboot();
    expect(await lab.host().firewall()).toEqual(held);
    expect(await isOpen(lab, lab.host().ipv4)).toBe(false);
    expect(await knock()).toBe(false);
  });

  test("refresh finds none left, and up renews them all", async () => {
    await stack.refresh();
    expect(await tokensLeft()).toBe(0);
    await stack.up();
    expect(await tokensLeft()).toBe(TOKENS);
    await takeConfig();
    await expectClosed(lab);
    expect(await knock()).toBe(true);
  });

  test("after a power cut, and an up that was asked for nothing of the tokens, they are used all the same", async () => {
    await lab.reboot("cut");
    await stack.declare({
      ssh: sshDoor(lab, lab.host(), { oneTime: { tokens: TOKENS }, openForSeconds: 4 }),
    });
    await stack.up();
    expect(await tokensLeft()).toBe(0);
    await expectClosed(lab);
    expect(await knock()).toBe(false);
  });

  test("destroy leaves nothing", async () => {
    await stack.destroy();
    expect(await traces(lab.host())).toBe(before);
  });
});
