import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { HostStatus } from "../../provider/host/status/readStatus";
import { useStack } from "./useStack";
import { isOpen, sshDoor, traces } from "./world";

const TOKENS = 6;

describe.each([
  { variant: "nf_tables", family: "ipv4" },
  { variant: "legacy", family: "ipv6" },
] as const)(
  "a door of one-time tokens, over $family, with iptables of variant $variant",
  ({ variant, family }) => {
    const { lab, stack, host } = useStack({ variant });
    let before: string;

    beforeAll(async () => {
      before = await everything();
      await stack.declare({ web: webDoor() });
    });

    const webDoor = (more: Readonly<Record<string, unknown>> = {}) => {
      const { sequence: _, ...door } = sshDoor(lab, host, { door: [{ protocol: "tcp", ports: [8080] }] });
      return { ...door, oneTime: { tokens: TOKENS }, openForSeconds: 60, ...more };
    };

    const everything = async () =>
      [
        await traces(host),
        // find(1) would fail for the one that is missing.
        await host.run(["sh", "-c", "find /etc /run -path '*/portknock*' ! -path /run/portknock.lock"]),
      ].join();

    /** Writes the client's file, as a user does after each `up`. */
    async function takeConfig(): Promise<void> {
      const { clientConfig } = await stack.outputs("web");
      const folder = join(lab.controller.home, ".config/portknock");
      await mkdir(folder, { recursive: true });
      const doors = clientConfig.doors.map((door) => ({ ...door, host: host[family] }));
      await writeFile(join(folder, "config.json"), JSON.stringify({ doors }), { mode: 0o600 });
    }

    /** Knocks as a user does. */
    const knock = (...more: string[]) => stack.exec(["portknock", "knock", host[family], "--json", ...more]);

    const closeDoor = () =>
      host.run(["sh", "-c", "for list in /proc/net/xt_recent/*-open; do echo / >$list; done"]);

    /** Empties the host's lists, as a reboot does. */
    const forgetTokens = () =>
      host.run(["sh", "-c", "for list in /proc/net/xt_recent/*; do echo / >$list; done"]);

    const tokensLeft = async () => (await stack.doors())[0]?.outputs?.tokensLeft;

    test("the preview shows each token by its place, and nothing of it", async () => {
      const shown = await stack.preview();
      expect(shown).toMatch(/-p udp -m udp --dport <token port> -m u32/);
      for (let place = 1; place <= TOKENS; place++) {
        expect(shown).toContain(
          `--u32 <token ${place}> -m recent --remove --name <token ${place}> --mask 0.0.0.0`,
        );
      }
      expect(shown).toMatch(/tokens +: \[secret\]/);
      expect(shown).not.toContain("refill");
      expect(await everything()).toBe(before);
    });

    test("up closes the door, and a token opens it", async () => {
      await stack.up();
      expect(await tokensLeft()).toBe(TOKENS);
      expect(await isOpen(lab, host[family], 8080)).toBe(false);
      await takeConfig();
      const { stdout, stderr, code } = await knock();
      expect(JSON.parse(stdout)).toMatchObject({ open: true, tries: 1 });
      expect(stderr).toBe(`portknock: ${TOKENS - 1} one-time tokens left for ${host[family]}\n`);
      expect(code).toBe(0);
      expect(await isOpen(lab, host[family], 8080)).toBe(true);
    });

    test("another up, and a refresh, prime nothing", async () => {
      await stack.up("--expect-no-changes");
      await stack.refresh();
      expect(await tokensLeft()).toBe(TOKENS - 1);
      await stack.up("--expect-no-changes");
      await stack.refresh("--expect-no-changes");
      expect(await tokensLeft()).toBe(TOKENS - 1);
      const { stdout } = await stack.exec(["portknock", "status", "--stack", "test", "--json"]);
      const [status] = JSON.parse(stdout) as HostStatus[];
      expect(status?.doors).toMatchObject([{ tokens: { left: TOKENS - 1, of: TOKENS }, drift: [] }]);
    });

    test("what was sent opens nothing once more: a client's file from a backup has its next token tried", async () => {
      await closeDoor();
      await rm(join(lab.controller.home, ".config/portknock/used-tokens"), { recursive: true });
      const { stdout } = await knock();
      expect(JSON.parse(stdout)).toMatchObject({ open: true, tries: 2 });
    });

    test("two commands at once never take the same token", async () => {
      await closeDoor();
      const ends = await Promise.all([knock(), knock()]);
      const tries = ends.map(({ stdout }) => (JSON.parse(stdout) as { tries: number }).tries);
      expect(tries).toEqual([1, 1]);
      await stack.refresh();
      expect(await tokensLeft()).toBe(TOKENS - 4);
    });

    test("an update keeps the tokens that nobody has used", async () => {
      await stack.declare({ web: webDoor({ openForSeconds: 50 }) });
      expect(await stack.up()).not.toContain("refill");
      expect(await tokensLeft()).toBe(TOKENS - 4);
      await closeDoor();
      expect(JSON.parse((await knock()).stdout)).toMatchObject({ open: true, tries: 1 });
    });

    test("with fewer than a third left, refresh and up replace the used ones, and say so", async () => {
      expect(await stack.up()).not.toContain("refill");
      await stack.refresh();
      const backup = join(lab.dir, `backup-${variant}`);
      await cp(stack.state, backup, { recursive: true });
      const shown = await stack.preview();
      expect(shown).toContain("warning: web: refills 5 of 6 one-time tokens: take the new clientConfig");
      const refilled =
        /"(-A .* --u32) <token (\d)> (.*) --name <token \2> (.*)" => "\1 <token \2, revision 2> \3 --name <token \2, revision 2> \4"/g;
      expect(new Set(shown.match(refilled)).size).toBe(TOKENS - 1);
      await stack.up();
      expect(await tokensLeft()).toBe(TOKENS);
      await takeConfig();
      await closeDoor();
      expect(JSON.parse((await knock()).stdout)).toMatchObject({ open: true, tries: 1 });
      expect(await stack.up()).not.toContain("refill");
      // The state of before knows other tokens.
      await rm(stack.state, { recursive: true });
      await cp(backup, stack.state, { recursive: true });
      await stack.refresh();
      await stack.up();
      expect(await tokensLeft()).toBe(TOKENS);
      const names = (await host.run(["cat", "/etc/portknock/tokens"])).trim().split("\n");
      expect(new Set(names).size).toBe(names.length);
      await takeConfig();
      await closeDoor();
      expect(JSON.parse((await knock()).stdout)).toMatchObject({ open: true });
    });

    test("a lost ledger makes no token new", async () => {
      await host.run(["rm", "/etc/portknock/tokens"]);
      await stack.refresh();
      const left = await tokensLeft();
      await stack.declare({ web: webDoor({ openForSeconds: 40 }) });
      await stack.up();
      expect(await tokensLeft()).toBe(left);
    });

    test("what empties the lists uses all tokens up, until a refresh and an up renew them", async () => {
      await forgetTokens();
      const { stdout, code } = await knock("--timeout", "5");
      expect(JSON.parse(stdout)).toMatchObject({ open: false, code: "shut" });
      expect(code).toBe(1);
      expect(await stack.up("--refresh")).toContain("<token 6, revision");
      expect(await tokensLeft()).toBe(TOKENS);
      await takeConfig();
      expect(JSON.parse((await knock()).stdout)).toMatchObject({ open: true });
    });

    test("destroy leaves nothing", async () => {
      await stack.destroy();
      await expect.poll(everything, { timeout: 10_000 }).toBe(before);
    });
  },
);
