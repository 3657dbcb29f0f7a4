import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { hostFile } from "../../provider/host/script";
import { type Host, type Lab, startLab } from "../lab/lab";
import { Scripts } from "./onHost";

/** What nft does to iptables' table that iptables cannot show, and how that is undone. `<ip>` is ip or ip6. */
const KINDS = {
  "a rule behind ours": {
    break: "nft add rule <ip> filter INPUT fib saddr type local counter",
    undo: `nft delete rule <ip> filter INPUT handle "$(nft -a list chain <ip> filter INPUT | sed -n 's/.*fib.*# handle //p')"`,
  },
  "a rule before ours": {
    break: "nft insert rule <ip> filter INPUT fib saddr type local counter",
    undo: `nft delete rule <ip> filter INPUT handle "$(nft -a list chain <ip> filter INPUT | sed -n 's/.*fib.*# handle //p')"`,
  },
  "a rule of another chain": {
    break: "nft add rule <ip> filter FORWARD fib saddr type local counter",
    undo: `nft delete rule <ip> filter FORWARD handle "$(nft -a list chain <ip> filter FORWARD | sed -n 's/.*fib.*# handle //p')"`,
  },
} as const;

const POLICY = {
  sequence: [
    { protocol: "tcp", port: 7001 },
    { protocol: "udp", port: 8001 },
  ],
  door: [{ protocol: "tcp", ports: [22] }],
} as const;
const OTHER = { ...POLICY, openForSeconds: 9 } as const;

const CASES = (["ip", "ip6"] as const).flatMap((ip) =>
  (Object.keys(KINDS) as (keyof typeof KINDS)[]).map((kind) => ({ ip, kind })),
);

describe("a table that nft made unreadable for iptables", () => {
  let lab: Lab;
  let host: Host;
  const sh = (command: string) => host.run(["sh", "-ec", command]);

  beforeAll(async () => {
    lab = await startLab();
    host = lab.host();
  });
  afterAll(() => lab?.stop());

  describe.each(CASES)("$ip: $kind", ({ ip, kind }) => {
    const spoil = () => sh(KINDS[kind].break.replaceAll("<ip>", ip));
    const mend = () => sh(KINDS[kind].undo.replaceAll("<ip>", ip));
    const number = ip === "ip" ? 4 : 6;
    const save = `ip${ip === "ip" ? "" : "6"}tables-save`;
    const said = new RegExp(
      `^the IPv${number} filter table cannot be read: ${save} ended with 0 and printed # Table .filter. is incompatible, use 'nft' tool\\. +` +
        `- nft's table ${ip} filter has in its chain \\S+ what iptables cannot show, and what belongs into a table of another name, such as: fib saddr type local`,
    );
    let bare: Awaited<ReturnType<Host["firewall"]>>;
    const door = () => new Scripts(host, POLICY);

    const files = async () =>
      (await host.exec(["sh", "-c", "ls -d /run/portknock /etc/portknock 2>/dev/null"])).stdout;

    /** The door is on the host, confirmed. */
    async function made(): Promise<Awaited<ReturnType<Host["firewall"]>>> {
      const scripts = door();
      expect((await scripts.apply()).error).toBeUndefined();
      expect((await scripts.confirm()).error).toBeUndefined();
      return host.firewall();
    }

    async function gone(): Promise<void> {
      const scripts = door();
      expect((await scripts.takeAway()).error).toBeUndefined();
      expect((await scripts.confirm()).error).toBeUndefined();
      expect(await host.firewall()).toEqual(bare);
      expect(await files()).toBe("");
    }

    beforeAll(async () => {
      bare = await host.firewall();
    });
    // What a test that failed has left must not fail the others.
    afterEach(async () => {
      await host.exec(["sh", "-c", KINDS[kind].undo.replaceAll("<ip>", ip)]);
      await host.run(["sh", "-s"], { input: hostFile("remove.sh") });
    });

    test("an apply refuses before it arms anything, however often", async () => {
      await spoil();
      for (let round = 0; round < 2; round++) {
        const { error } = await door().apply();
        expect(error).toMatchObject({ code: "host-unfit", text: expect.stringMatching(said) });
        expect(await files()).toBe("");
      }
      await mend();
      expect(await host.firewall()).toEqual(bare);
    });

    test.each(["confirm", "abort", "timer"] as const)(
      "spoilt between apply and %s: taken back",
      async (end) => {
        const scripts = new Scripts(host, POLICY, "door", end === "timer" ? 2 : 60);
        expect((await scripts.apply()).error).toBeUndefined();
        await spoil();
        if (end === "confirm") {
          expect((await scripts.confirm()).error).toMatchObject({ text: expect.stringMatching(said) });
          expect(await files()).toBe("/run/portknock\n");
        }
        if (end === "timer") {
          await expect.poll(files, { timeout: 20_000 }).toBe("");
        } else {
          const { outcome, unread, error } = await scripts.abort();
          expect(error).toBeUndefined();
          expect(outcome).toBe("rolled back");
          expect(unread).toMatch(said);
        }
        await mend();
        expect(await host.firewall()).toEqual(bare);
        expect(await files()).toBe("");
      },
    );

    test.each(["abort", "timer"] as const)("a change spoilt before its %s: as it was", async (end) => {
      const held = await made();
      const scripts = new Scripts(host, OTHER, "door", end === "timer" ? 2 : 60);
      expect((await scripts.apply()).error).toBeUndefined();
      await spoil();
      if (end === "timer") await expect.poll(files, { timeout: 20_000 }).toBe("/etc/portknock\n");
      else expect((await scripts.abort()).outcome).toBe("rolled back");
      await mend();
      expect(await host.firewall()).toEqual(held);
      await gone();
    });

    test("a refresh and a status are errors, and an apply adds no jump", async () => {
      const held = await made();
      await spoil();
      for (const answer of [await door().observe(), await door().run("status"), await door().apply()]) {
        expect(answer.error).toMatchObject({ code: "host-unfit", text: expect.stringMatching(said) });
      }
      await mend();
      expect(await host.firewall()).toEqual(held);
      await gone();
    });

    test("a delete goes by name, and the boot loader after a flush of ours too", async () => {
      const held = await made();
      const other = new Scripts(host, { ...POLICY, door: [{ protocol: "tcp", ports: [8080] }] }, "other");
      await other.apply();
      await other.confirm();
      await spoil();
      // What a reload of another firewall does to our chains.
      await sh("iptables -F PORTKNOCK; ip6tables -F PORTKNOCK");
      expect(await door().boot()).toBe(0);
      expect((await other.takeAway()).error).toBeUndefined();
      expect(await other.confirm()).toMatchObject({ unread: expect.stringMatching(said) });
      await mend();
      expect(await host.firewall()).toEqual(held);
      expect(await files()).toBe("/etc/portknock\n");
      await spoil();
      const scripts = door();
      expect((await scripts.takeAway()).error).toBeUndefined();
      expect(await scripts.confirm()).toMatchObject({ unread: expect.stringMatching(said) });
      await mend();
      expect(await host.firewall()).toEqual(bare);
      expect(await files()).toBe("");
    });

    test("a delete that nobody confirms brings the door back", async () => {
      const held = await made();
      await spoil();
      const scripts = door();
      expect((await scripts.takeAway()).error).toBeUndefined();
      expect((await scripts.abort()).outcome).toBe("rolled back");
      await mend();
      expect(await host.firewall()).toEqual(held);
      await gone();
    });
  });

  /** Shell scripts in place of a save tool, and what is said of them. */
  const TOOLS: Readonly<Record<string, { readonly script: string; readonly said: string }>> = {
    "prints half a table": {
      script: '/usr/sbin/xtables-nft-multi <tool> "$@" | head -n 5',
      said: "ended with 0 and printed no whole table",
    },
    "prints nothing": { script: "exit 0", said: "ended with 0 and printed no whole table" },
    "prints an error and ends with 0": {
      script: 'echo "cannot open the table" >&2',
      said: "ended with 0 and printed cannot open the table",
    },
    "is killed": { script: "kill -KILL $$", said: "ended with 137 and printed no whole table" },
    "prints a whole table and fails": {
      script: '/usr/sbin/xtables-nft-multi <tool> "$@"; exit 4',
      said: "ended with 4",
    },
  };

  test.each(
    ["iptables-save", "ip6tables-save"].flatMap((tool) => Object.keys(TOOLS).map((kind) => ({ tool, kind }))),
  )("$tool that $kind: an error, and no empty table", async ({ tool, kind }) => {
    const { script = "", said = "" } = TOOLS[kind] ?? {};
    const bare = await host.firewall();
    const door = new Scripts(host, POLICY);
    const break_ = () =>
      sh(
        `printf '#!/bin/sh\n%s\n' '${script.replace("<tool>", tool)}' >/etc/tool; chmod 0755 /etc/tool; ln -sf /etc/tool /etc/alternatives/${tool}`,
      );
    const mend = () =>
      sh(`ln -sf /usr/sbin/${tool.replace("-", "-nft-")} /etc/alternatives/${tool}; rm -f /etc/tool`);
    const expected = `the IPv${tool === "iptables-save" ? 4 : 6} filter table cannot be read: ${tool} ${said}`;
    try {
      await break_();
      expect((await door.apply()).error?.text).toBe(expected);
      await mend();
      await door.apply();
      await door.confirm();
      await break_();
      for (const answer of [await door.observe(), await door.run("status")])
        expect(answer.error?.text).toBe(expected);
      expect((await door.takeAway()).error).toBeUndefined();
      expect((await door.confirm()).unread).toBe(expected);
      await mend();
      expect(await host.firewall()).toEqual(bare);
    } finally {
      await mend();
      await host.run(["sh", "-s"], { input: hostFile("remove.sh") });
    }
  });
});
