import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { PolicyArgs } from "../../provider/policy/types";
import { type Host, type Lab, startLab } from "../lab/lab";
import { Scripts } from "./scripts";

const POLICY: PolicyArgs = {
  sequence: [
    { protocol: "tcp", port: 7_000 },
    { protocol: "udp", port: 8_000 },
  ],
  door: [{ protocol: "tcp", ports: [22] }],
  openForSeconds: 60,
};

const ANEW = /^warning the lists of all doors of this host were made anew, once, .* has to knock again$/m;

/** A door as the release before the shared chains has it. */
const older = (family: 4 | 6) =>
  readFileSync(join(__dirname, `../kernel/older/door-2202.v${family}`), "utf8");
const [, OLDER = ""] = /^:PK-([0-9a-f]{10}) /m.exec(older(4)) ?? [];
const GRANTS = `/proc/net/xt_recent/pk4-${OLDER}-open`;

describe.each(["nf_tables", "legacy"] as const)(
  "a host with a door of an older release, with %s",
  (variant) => {
    let lab: Lab | undefined;
    let host: Host;
    let scripts: Scripts;

    beforeEach(async () => {
      await lab?.stop();
      lab = await startLab({ variant });
      host = lab.host();
      scripts = new Scripts(host);
      await host.run(["iptables-restore", "--noflush"], { input: older(4) });
      await host.run(["ip6tables-restore", "--noflush"], { input: older(6) });
      await host.run(["sh", "-c", `echo +198.51.100.7 >${GRANTS}`]);
    });
    afterAll(() => lab?.stop());

    const sh = async (line: string) => (await host.exec(["sh", "-c", line])).stdout;
    const saved = async () =>
      (await sh("for tool in iptables ip6tables; do $tool-save -t filter; done")).replaceAll(
        /^#.*\n|\[.*\]/gm,
        "",
      );
    const ofOlder = async () =>
      (await saved()).split("\n").filter((line) => line.startsWith(`-A PK-${OLDER}`));

    test("has its lists made anew by the first door of this one, and is told who is forgotten for it", async () => {
      const before = await ofOlder();
      expect(before.length).toBeGreaterThan(10);
      expect(await scripts.apply(POLICY)).toContain("\napplied\n");
      expect(await scripts.confirm()).toMatch(ANEW);
      expect(await ofOlder()).toEqual(before);
      expect(await sh(`cat ${GRANTS}`)).toBe("");
      // Once: the next change leaves grants as they are.
      await host.run(["sh", "-c", `echo +198.51.100.7 >${GRANTS}`]);
      expect(await scripts.apply({ ...POLICY, openForSeconds: 61 })).toContain("\napplied\n");
      expect(await scripts.confirm()).not.toMatch(ANEW);
      expect(await sh(`cat ${GRANTS}`)).toContain("src=198.51.100.7");
    });

    test("is as before, whichever door has lost its lists, where that stops half way", async () => {
      const before = await saved();
      const text = scripts.applyText(POLICY, { rollbackSeconds: 2 });
      const killed = text.replace('give "$document" "$1"\n', 'give "$document" "$1"\nkill -9 $$$$\n');
      expect(killed).not.toBe(text);
      expect(await scripts.run(killed)).not.toContain("\napplied\n");
      expect(await ofOlder()).not.toContainEqual(expect.stringContaining(" --name pk4-"));
      await expect.poll(() => scripts.isPending(), { timeout: 20_000 }).toBe(false);
      expect(await saved()).toBe(before);
    });

    test("keeps its lists where one-time tokens would not outlive them", async () => {
      const token = `pk4-${OLDER}-t00000000`;
      await host.run([
        "iptables",
        "-A",
        `PK-${OLDER}`,
        "-m",
        "recent",
        "--remove",
        "--name",
        token,
        "--rsource",
        "-j",
        "RETURN",
      ]);
      expect(await scripts.apply(POLICY)).toContain("\napplied\n");
      expect(await scripts.confirm()).not.toMatch(ANEW);
      expect(await sh(`cat ${GRANTS}`)).toContain("src=198.51.100.7");
    });
  },
);
