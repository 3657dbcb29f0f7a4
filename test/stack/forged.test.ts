import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Forgery, startForging } from "../lab/forge";
import { told } from "../situations";
import { makeStack } from "./stack";
import { useStack } from "./useStack";
import { connection, isOpen, sshDoor } from "./world";

const TOKENS = 30;
const PER_SECOND = 1_000;

/** Whoever forges packets with someone's address has them knock wrong, and locks them out where there is a lockout. */
describe("1,000 forged packets a second", () => {
  const { lab, stack, host } = useStack({ hosts: 2 });
  let forgery: Forgery | undefined;

  beforeAll(async () => {
    await stack.declare({ ssh: door() });
    await stack.up();
    await mkdir(join(lab.controller.home, ".config/portknock"), { recursive: true });
    const { clientConfig } = await stack.outputs("ssh");
    const file = join(lab.controller.home, ".config/portknock/config.json");
    await writeFile(file, JSON.stringify(clientConfig), { mode: 0o600 });
    await closeDoor();
    expect(await isOpen(lab, host.ipv4)).toBe(false);
  });
  beforeEach(() => {
    forgery = startForging(lab, host.ipv4, PER_SECOND);
  });
  afterEach(async () => {
    const perSecond = await forgery?.stop();
    console.log(`forged packets a second: ${perSecond?.toFixed(0)}`);
    expect(perSecond).toBeGreaterThan(0.8 * PER_SECOND);
  });

  const lockout = { wrongKnocks: 5, withinSeconds: 60, forSeconds: 600 };
  const door = (more: Readonly<Record<string, unknown>> = {}) =>
    sshDoor(lab, host, { oneTime: { tokens: TOKENS }, lockout, ...more });

  const knock = (...more: string[]) =>
    stack.exec(["portknock", "knock", host.ipv4, "--port", "22", "--json", ...more]);

  const closeDoor = () =>
    host.run(["sh", "-c", "for list in /proc/net/xt_recent/*-open; do echo / >$list; done"]);

  test("a sequence is reset, and its sender locked out: the client names the cause, and the ways out", async () => {
    const { stdout, code } = await knock("--sequence", "tcp/7001,udp/8001,icmp/121", "--timeout", "5");
    expect(code).toBe(1);
    const { message, ...rest } = JSON.parse(stdout) as { message: string };
    expect(rest).toEqual({ open: false, code: "shut" });
    const [, tries = "", source = ""] = / Sent (\d+) times.* from (\S+) to/.exec(message) ?? [];
    const values = { host: host.ipv4, address: host.ipv4, port: 22, seconds: 5, kinds: "tcp, udp, icmp" };
    expect(message).toBe(told("a door that stays shut without an answer", { ...values, tries, source }));
  });

  test("a token opens, five times of five", async () => {
    for (let time = 0; time < 5; time++) {
      await closeDoor();
      const { stdout, code } = await knock();
      expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, open: true, tries: 1 });
    }
  });

  test("refresh and up get in by tokens, and the state knows which are used", async () => {
    await closeDoor();
    await stack.refresh();
    const [refreshed] = await stack.doors();
    expect(refreshed?.outputs?.tokensLeft).toBe(TOKENS - 6);
    await closeDoor();
    await stack.declare({ ssh: door({ openForSeconds: 4 }) });
    await stack.up();
    const [updated] = await stack.doors();
    expect(updated?.outputs?.openForSeconds).toBe(4);
    const left = Number(updated?.outputs?.tokensLeft);
    // One to begin, and one to confirm, unless the grant of the first still lasts.
    expect([TOKENS - 7, TOKENS - 8]).toContain(left);
  });

  test("without tokens up stays out, and its error names the cause and the ways out", async () => {
    const other = lab.host(2);
    const plain = (more: Readonly<Record<string, unknown>> = {}) =>
      sshDoor(lab, other, { connection: connection(lab, other, { dialErrorLimit: 2 }), ...more });
    const second = await makeStack(lab);
    await second.declare({ plain: plain() });
    await second.up();
    await other.run(["sh", "-c", "for list in /proc/net/xt_recent/*-open; do echo / >$list; done"]);
    await forgery?.stop();
    forgery = startForging(lab, other.ipv4, PER_SECOND);
    await second.declare({ plain: plain({ openForSeconds: 4 }) });
    const { stdout, stderr, code } = await second.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    const [, seconds = ""] = / in 2 tries and (\d+) s;/.exec(stdout + stderr) ?? [];
    const values = { host: other.ipv4, tries: 2, seconds, revision: 1 };
    expect(stdout + stderr).toContain(told("Pulumi does not get in", values));
    expect(stdout + stderr).toContain(told("what else may keep Pulumi out"));
  });
});
