import { afterAll, beforeAll, expect, test } from "vitest";
import { makeStack, type Stack } from "../stack/stack";
import { isOpen, SEQUENCE, sshDoor } from "../stack/world";
import { type MachineLab, startMachine } from "./machine";
import { expectDoor } from "./world";

let lab: MachineLab;
let stack: Stack;
let before: string;

beforeAll(async () => {
  lab = await startMachine({ release: "openrc", variant: "nf_tables" });
  stack = await makeStack(lab);
  before = await traces();
});
afterAll(() => lab?.stop());

const TRACES = `
ls -d /run/portknock* /proc/net/xt_recent/* 2>/dev/null | grep -vx /run/portknock.lock
find /etc -xdev -printf '%p %y %m %l\\n' | sort
rc-status --all --nocolor | grep -v 'Caching service dependencies'
`;

async function traces(): Promise<string> {
  const { ipv4, ipv6 } = await lab.host().firewall();
  const tables = [ipv4, ipv6].map((saved) => saved.replace(/\*\w+\n(?::\w+ ACCEPT\n)+COMMIT\n/g, ""));
  return [...tables, (await lab.host().exec(["sh", "-c", TRACES])).stdout].join("\n");
}

/** The host is there before its services are. */
async function expectFirewall(held: unknown): Promise<void> {
  await expect.poll(() => lab.host().firewall(), { timeout: 30_000 }).toEqual(held);
}

test("up has the door loaded at boot, and says by whom", async () => {
  await stack.declare({ ssh: sshDoor(lab, lab.host()) });
  await stack.up();
  expect((await stack.doors())[0]?.outputs).toMatchObject({ persistence: "openrc", warnings: [] });
  await stack.refresh("--expect-no-changes");
  await expectDoor(lab, stack);
});

test.each(["clean", "cut"] as const)("a reboot (%s) brings the door back", async (how) => {
  const held = await lab.host().firewall();
  await lab.reboot(how);
  await expectFirewall(held);
  await expectDoor(lab, stack);
  await stack.refresh("--expect-no-changes");
});

test("a changed door is the one that a reboot brings back", async () => {
  await stack.declare({ ssh: sshDoor(lab, lab.host(), { sequence: SEQUENCE.toReversed() }) });
  await stack.up();
  const held = await lab.host().firewall();
  await lab.reboot();
  await expectFirewall(held);
  await expectDoor(lab, stack);
});

test("the door is loaded before the network comes up", async () => {
  const started = ["portknock", "networking"].map((name) => `/run/openrc/started/${name}`);
  const [door, network] = (await lab.host().run(["stat", "-c", "%.9Y", ...started])).trim().split("\n");
  expect(Number(door)).toBeLessThan(Number(network));
});

test("destroy leaves no service, link, folder or rule, and the next boot has none", async () => {
  await stack.destroy();
  expect(await traces()).toBe(before);
  await lab.reboot();
  expect(await isOpen(lab, lab.host().ipv4)).toBe(true);
});
