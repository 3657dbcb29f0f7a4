import { existsSync, readdirSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Host, type Lab, startLab } from "../lab/lab";
import { REPOSITORY, Stack } from "./stack";
import { isOpen, traces } from "./world";

/** Lets Pulumi write into the repository's folders as it does for a user: only the lab's controller sees it. */
const OVERLAY = `
mkdir "$1/mnt/upper" "$1/mnt/work"
mount -t overlay -o "lowerdir=$2,upperdir=$1/mnt/upper,workdir=$1/mnt/work" overlay "$2"
`;

function stackFiles(): string[] {
  const folders = ["", "examples/single-host", "examples/from-config"].map((name) => join(REPOSITORY, name));
  return folders.flatMap((folder) => readdirSync(folder)).filter((name) => /^Pulumi\..+\.yaml$/.test(name));
}

describe("an example, as it stands", () => {
  let lab: Lab;
  let host: Host;
  let state: string;
  let before: string;
  const filesBefore = stackFiles();

  beforeAll(async () => {
    lab = await startLab();
    host = lab.host();
    before = await traces(host);
    state = await mkdtemp(join(lab.dir, "state."));
    await lab.controller.run(["sh", "-ec", OVERLAY, "sh", lab.dir, REPOSITORY], { cwd: "/" });
  });
  afterAll(() => lab?.stop());

  async function live(folder: string, config: (stack: Stack) => Promise<void>): Promise<void> {
    const stack = new Stack(lab, join(REPOSITORY, folder), state);
    await stack.must("stack", "init", "lab");
    await config(stack);
    expect(await stack.preview()).toContain("--dport <knock 1>");
    await stack.up();
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 15_000 }).toBe(false);
    await stack.up("--expect-no-changes");
    await stack.refresh("--expect-no-changes");
    await stack.destroy();
    await expect.poll(() => traces(host), { timeout: 10_000 }).toBe(before);
    await stack.must("stack", "rm", "--yes", "--preserve-config");
    expect(existsSync(join(stack.project, "Pulumi.lab.yaml"))).toBe(false);
  }

  /** A secret as a user sets it: on stdin, so that it is in no shell's history. */
  async function setSecret(stack: Stack, key: string, value: string, ...flags: string[]): Promise<void> {
    const command = ["pulumi", "config", "set", "--secret", ...flags, key];
    expect(await stack.exec(command, { input: value })).toMatchObject({ code: 0 });
  }

  test("examples/single-host lives", async () => {
    await live("examples/single-host", async (stack) => {
      await stack.must("config", "set", "host", host.ipv4);
      await setSecret(stack, "privateKey", lab.privateKey);
      await setSecret(stack, "firstPort", "7000");
    });
  });

  test("the repository's own project, with examples/from-config, lives", async () => {
    await live("", async (stack) => {
      const set = (path: string, value: string) => stack.must("config", "set", "--path", path, value);
      await set("hosts.web.host", host.ipv4);
      await set("hosts.web.door[0].protocol", "tcp");
      await set("hosts.web.door[0].ports[0]", "22");
      await setSecret(stack, "privateKey", lab.privateKey);
      await setSecret(stack, "sequences.web", "tcp/7000,udp/8000,icmp/120", "--path");
    });
  });

  test("no stack's file stays behind in the repository", () => {
    expect(stackFiles()).toEqual(filesBefore);
  });
});
