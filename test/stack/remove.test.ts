import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostFile } from "../../provider/host/script";
import type { PolicyArgs } from "../../provider/policy/types";
import { type Firewall, type Host, type Lab, startLab } from "../lab/lab";
import { Scripts } from "./onHost";
import { REPOSITORY } from "./stack";
import { isOpen, traces } from "./world";

const SSH: PolicyArgs = {
  sequence: [
    { protocol: "tcp", port: 7001 },
    { protocol: "udp", port: 8001 },
  ],
  door: [{ protocol: "tcp", ports: [22] }],
};
const WEB: PolicyArgs = { ...SSH, door: [{ protocol: "tcp", ports: [8080] }] };

/** Kinds of doors: those that are confirmed, and one that is pending. */
const KINDS: Readonly<
  Record<string, { readonly doors: readonly PolicyArgs[]; readonly pending?: PolicyArgs }>
> = {
  "a door in INPUT": { doors: [SSH] },
  "a door in FORWARD": { doors: [{ ...SSH, chain: "FORWARD", interface: "eth0" }] },
  "a door in DOCKER-USER": { doors: [{ ...SSH, chain: "DOCKER-USER", interface: "eth0" }] },
  "IPv4 alone": { doors: [{ ...SSH, families: ["ipv4"] }] },
  "IPv6 alone": { doors: [{ ...SSH, families: ["ipv6"] }] },
  "several doors": { doors: [SSH, WEB, { ...WEB, chain: "FORWARD", interface: "eth0" }] },
  "a first door that nobody has confirmed": { doors: [], pending: SSH },
  "a second door that nobody has confirmed": { doors: [SSH], pending: WEB },
};

/** What people are told to do at a console, word by word. */
const BY_HAND = /<!-- by hand -->\n\n([\s\S]*?)\n\n<!-- \/by hand -->/
  .exec(readFileSync(join(REPOSITORY, "docs/how-to/locked-out.md"), "utf8"))?.[1]
  ?.split("\n")
  .map((line) => line.trim());

const WAYS: Readonly<Record<string, string>> = {
  "the script":
    "if [ -e /etc/portknock/remove.sh ]; then sh /etc/portknock/remove.sh; else sh /run/portknock/pending/remove.sh; fi",
  "the lines by hand": (BY_HAND ?? []).join("\n"),
};

/** A firewall without what a chain that nothing jumps to leaves. */
function foreign({ ipv4, ipv6 }: Firewall): string[] {
  return [ipv4, ipv6].map((text) => text.replace(/^(:|-A )(PORTKNOCK|PK-).*\n/gm, ""));
}

const NATIVE = ["ip", "ip6"].map((ip) => `nft insert rule ${ip} filter INPUT fib saddr type local counter`);
const NO_NATIVE = ["ip", "ip6"].map(
  (ip) =>
    `for h in $(nft -a list chain ${ip} filter INPUT | sed -n 's/.*fib.*# handle //p'); do nft delete rule ${ip} filter INPUT handle $h; done`,
);

describe.each(["nf_tables", "legacy"] as const)("doors taken off a host from its console, %s", (variant) => {
  let lab: Lab;
  let host: Host;
  let bare: Firewall;
  let before: string;
  const sh = (command: string) => host.run(["sh", "-c", command]);

  beforeAll(async () => {
    lab = await startLab({ variant });
    host = lab.host();
    await sh(
      "iptables -N DOCKER-USER; ip6tables -N DOCKER-USER; iptables -A DOCKER-USER -s 198.51.100.9 -j DROP",
    );
    bare = await host.firewall();
    before = await traces(host);
  });
  afterAll(() => lab?.stop());

  async function make({ doors, pending }: (typeof KINDS)[string]): Promise<void> {
    for (const [index, policy] of doors.entries()) {
      const scripts = new Scripts(host, policy, `door${index}`);
      expect((await scripts.apply()).error).toBeUndefined();
      expect((await scripts.confirm()).error).toBeUndefined();
    }
    if (pending) expect((await new Scripts(host, pending, "pending").apply()).error).toBeUndefined();
    expect(await host.firewall()).not.toEqual(bare);
  }

  test.each(Object.keys(KINDS).flatMap((kind) => Object.keys(WAYS).map((way) => ({ kind, way }))))(
    "$kind: $way",
    async ({ kind, way }) => {
      await make(KINDS[kind] ?? { doors: [] });
      const { stdout: timer } = await host.exec(["cat", "/run/portknock/pending/pid"]);
      const said = await host.exec(["sh", "-c", WAYS[way] ?? "false"]);
      if (way === "the script")
        expect(said).toMatchObject({ code: 0, stderr: "", stdout: "portknock: all doors are gone\n" });
      expect(foreign(await host.firewall())).toEqual(foreign(bare));
      expect(await isOpen(lab, host.ipv4)).toBe(true);
      expect(await isOpen(lab, host.ipv6)).toBe(true);
      expect((await host.exec(["sh", "-c", "ls -d /etc/portknock /run/portknock"])).stdout).toBe("");
      // By hand, chains without a jump are left, and a timer that finds nothing to do.
      if (way !== "the script") {
        await host.exec(["sh", "-c", `kill -KILL -${timer.trim()}`]);
        await host.run(["sh", "-s"], { input: hostFile("remove.sh") });
      }
      await expect.poll(() => traces(host), { timeout: 5_000 }).toBe(before);
    },
  );

  test("the lines by hand are found", () => expect(BY_HAND).toHaveLength(11));

  test("with OpenRC: its service goes too", async () => {
    await sh(
      "mkdir -p /root/bin; printf '#!/bin/sh\\n[ \"$2\" = add ] && ln -sf /etc/init.d/portknock /etc/runlevels/$4/portknock\\n' >/root/bin/rc-update; chmod 0755 /root/bin/rc-update; mkdir -p /etc/runlevels/boot",
    );
    await make({ doors: [SSH] });
    await sh("test -L /etc/runlevels/boot/portknock && test -e /etc/init.d/portknock");
    await sh("sh /etc/portknock/remove.sh");
    expect(
      (await host.exec(["sh", "-c", "ls -d /etc/runlevels/boot/portknock /etc/init.d/portknock"])).stdout,
    ).toBe("");
    expect(await host.firewall()).toEqual(bare);
    await sh("rm -r /root/bin /etc/runlevels");
  });

  // Only nft makes tables that iptables cannot read.
  if (variant === "nf_tables")
    test("where iptables cannot read its tables, or show what stands before", async () => {
      await make({ doors: [SSH, { ...WEB, chain: "FORWARD", interface: "eth0" }] });
      await sh(NATIVE.join("; "));
      expect((await host.exec(["sh", "/etc/portknock/remove.sh"])).code).toBe(0);
      await sh(NO_NATIVE.join("; "));
      expect(await host.firewall()).toEqual(bare);
    });

  test("a jump that someone else has to a chain of ours: what is left is said, and nothing is claimed", async () => {
    await make({ doors: [SSH] });
    const chain = (
      await sh("iptables-save -t filter | sed -n 's/^:\\(PK-[0-9a-f]*\\) .*/\\1/p' | grep -v '^PK-000000000'")
    ).trim();
    await sh(`iptables -A INPUT -s 198.51.100.8 -j ${chain}`);
    const { code, stderr, stdout } = await host.exec(["sh", "/etc/portknock/remove.sh"]);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain("the chains are empty, so they close nothing, but not all of them are gone");
    expect(await isOpen(lab, host.ipv4)).toBe(true);
    await sh(`iptables -D INPUT -s 198.51.100.8 -j ${chain}`);
    expect((await host.exec(["sh", "/etc/portknock/remove.sh"])).code).toBe(0);
    expect(await host.firewall()).toEqual(bare);
  });
});
