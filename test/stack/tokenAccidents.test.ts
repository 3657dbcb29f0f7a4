import { beforeAll, describe, expect, test } from "vitest";
import { useStack } from "./useStack";
import { sshDoor, traces } from "./world";

const TOKENS = 6;
const ETC = "/etc/portknock";

/** Stops sshd once an apply has begun, so that nobody confirms, and returns when that apply has ended: it holds the lock. */
const CATCH = `
until [ -d /run/portknock/pending ]; do :; done
kill -STOP "$(pgrep -o -x sshd)"
flock /run/portknock.lock true
cat /run/portknock/pending/tx
`;

describe("accidents of one-time tokens", () => {
  const { lab, stack, host } = useStack();
  let before: string;

  beforeAll(async () => {
    before = await everything();
  });

  const sh = (command: string) => host.run(["sh", "-c", command]);
  const everything = async () => `${await traces(host)}${await sh(`find ${ETC} 2>/dev/null || :`)}`;
  const ledger = () => sh(`cat ${ETC}/tokens 2>/dev/null || :`);
  /** Lists on which there is the entry of an unused token. */
  const unused = () => sh("grep -l src= /proc/net/xt_recent/pk4-*-t* 2>/dev/null || :");
  const tokensLeft = async () => (await stack.doors())[0]?.outputs?.tokensLeft;

  const declare = (tokens = TOKENS) => {
    const { sequence: _, ...door } = sshDoor(lab, host, { door: [{ protocol: "tcp", ports: [8080] }] });
    return stack.declare({ web: { ...door, oneTime: { tokens }, rollbackAfterSeconds: 15 } });
  };

  /** An up of which every process is killed when its tokens are primed, and only the confirm is missing. */
  async function upThatDies(): Promise<void> {
    const caught = sh(CATCH);
    const up = stack.pulumi("up", "--yes", "--skip-preview");
    await caught;
    await lab.controller.exec(["bash", "-c", "kill -KILL -1"]);
    expect((await up).code).not.toBe(0);
    await stack.must("cancel", "--yes");
  }

  const rolledBack = () =>
    expect.poll(() => sh("ls /run/portknock 2>&1 || :"), { timeout: 30_000 }).toMatch(/No such/);

  test("an up that dies between priming and confirm leaves no token, no ledger, and the next one finishes", async () => {
    await declare();
    await upThatDies();
    expect((await unused()).trim().split("\n")).toHaveLength(TOKENS);
    expect((await ledger()).trim().split("\n")).toHaveLength(TOKENS);
    await rolledBack();
    await sh('kill -CONT "$(pgrep -o -x sshd)"');
    expect(await everything()).toBe(before);
    await stack.up();
    await stack.refresh("--clear-pending-creates", "--expect-no-changes");
    expect(await tokensLeft()).toBe(TOKENS);
  });

  test("one that dies so while it brings more tokens leaves those that there were", async () => {
    const held = await unused();
    await declare(TOKENS + 2);
    await upThatDies();
    await rolledBack();
    await sh('kill -CONT "$(pgrep -o -x sshd)"');
    expect(await unused()).toBe(held);
    await stack.up();
    expect(await tokensLeft()).toBe(TOKENS + 2);
    const names = (await ledger()).trim().split("\n");
    expect(new Set(names).size).toBe(names.length);
  });

  test("rules that are loaded anew, as at a boot, have no token that works, until an up renews them", async () => {
    for (const tool of ["iptables", "ip6tables"])
      await sh(`${tool}-save | grep -v -e PORTKNOCK -e PK- | ${tool}-restore`);
    await sh("sh /etc/portknock/load.sh");
    expect(await unused()).toBe("");
    await stack.refresh();
    expect(await tokensLeft()).toBe(0);
    await stack.up();
    expect(await tokensLeft()).toBe(TOKENS + 2);
  });

  test("where the ledger cannot be written, nothing is changed, and the error says why", async () => {
    const held = await host.firewall();
    const left = await unused();
    // A full disk, with what was stored before.
    await sh(`cp -a ${ETC} /root/stored && mount -t tmpfs -o size=256k full ${ETC} && cp -a /root/stored/. ${ETC}
      cat /dev/zero >${ETC}/filler 2>/dev/null || :`);
    await declare(TOKENS + 4);
    const { stdout, stderr, code } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/the ledger of one-time tokens cannot be written: .*No space left/);
    expect(stdout + stderr).toContain("Host's firewall: unchanged");
    await sh(`umount ${ETC}`);
    expect(await host.firewall()).toEqual(held);
    expect(await unused()).toBe(left);
    await stack.up();
    expect(await tokensLeft()).toBe(TOKENS + 4);
  });

  test("destroy leaves nothing", async () => {
    await stack.destroy();
    await expect.poll(everything, { timeout: 10_000 }).toBe(before);
  });
});
