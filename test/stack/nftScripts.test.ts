import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BACKENDS, type BackendName } from "../../provider/door/backend";
import type { Variables } from "../../provider/host/script";
import type { PolicyArgs } from "../../provider/policy/types";
import { checkedTokens } from "../../provider/resource/checkedTokens";
import { type Host, type Lab, startLab } from "../lab/lab";
import { Scripts } from "./onHost";
import { REPOSITORY } from "./stack";

/** The scripts of doors in nftables, one by one. */

const ssh = {
  sequence: [
    { protocol: "tcp", port: 7001 },
    { protocol: "udp", port: 8001 },
  ],
  door: [{ protocol: "tcp", ports: [22] }],
} as const;
const web = { ...ssh, door: [{ protocol: "tcp", ports: [8080] }] } as const;

/** In no order of objects: those that were gone for a moment are listed last. */
const rulesOf = async (host: Host) =>
  (await host.run(["nft", "-s", "list", "ruleset"]))
    .split(/\n(?:}\n)?(?=\t(?:chain|set|map) |table |$)/)
    .map((object) => object.trimEnd())
    .sort();

async function put(door: Scripts, more: Variables = {}): Promise<readonly string[]> {
  expect(await door.apply(more)).toEqual({});
  const { report, ...said } = await door.confirm();
  expect(said).toEqual({});
  expect(report?.persistence).toBe("none");
  const backend = BACKENDS[door.backend];
  expect(backend.compare(door.ruleset, {}, report?.observed ?? {}).lines).toEqual(
    backend.redactedLines(door.ruleset, {}),
  );
  return report?.warnings ?? [];
}

async function remove(door: Scripts): Promise<void> {
  expect(await door.takeAway()).toEqual({});
  await door.confirm();
}

/** In the repository, which hosts of a lab see. */
const CACHE = join(REPOSITORY, "node_modules/.cache");

/** Has a host run nft of another release of Debian. */
async function useNft(host: Host, release: string): Promise<void> {
  const script = join(REPOSITORY, "test/kernel/nftReleases.sh");
  const env = { ...process.env, XDG_CACHE_HOME: CACHE };
  const { stdout } = await promisify(execFile)("bash", [script, release], { env });
  await host.run([
    "sh",
    "-ec",
    `printf '#!/bin/sh\\nexec "%s" "$@"\\n' '${stdout.trim()}' >/root/nft
    chmod 0755 /root/nft
    mount --bind /root/nft /usr/sbin/nft`,
  ]);
}

describe.each([
  { release: "bullseye", version: "0.9.8" },
  { release: "bookworm", version: "1.0.6" },
  { release: "trixie", version: "1.1.3" },
])("on a host without iptables, with nft $version of $release", ({ release, version }) => {
  let lab: Lab;
  let host: Host;
  beforeAll(async () => {
    lab = await startLab({ hosts: 1, variant: "nftables" });
    host = lab.host();
    await useNft(host, release);
    expect(await host.run(["nft", "--version"])).toContain(`v${version} `);
  });
  afterAll(() => lab?.stop());

  const of = (policy: PolicyArgs, name: string, seconds = 60) =>
    new Scripts(host, policy, name, seconds, "nftables");
  const rules = () => rulesOf(host);

  test("two doors with one first knock come and go, and each is held exactly, whoever is beside", async () => {
    const before = await rules();
    const one = of(ssh, "one");
    const other = of(web, "other");
    await put(one);
    await put(other);
    await put(one);
    const both = await rules();
    expect(await one.takeAway()).toEqual({});
    expect(await one.abort()).toMatchObject({ outcome: "rolled back" });
    expect(await rules()).toEqual(both);
    await remove(one);
    const { report } = await other.observe();
    expect(BACKENDS.nftables.compare(other.ruleset, {}, report?.observed ?? {}).lines).toEqual(
      BACKENDS.nftables.redactedLines(other.ruleset, {}),
    );
    await remove(other);
    expect(await rules()).toEqual(before);
  });

  test("a port has one door", async () => {
    await put(of(ssh, "one"));
    expect((await of(ssh, "other").apply()).error).toMatchObject({
      code: "conflict",
      text: "tcp/22 belongs to the door one",
    });
    await remove(of(ssh, "one"));
  });

  test("what is stored is loaded again after a flush of all rules", async () => {
    await put(of(ssh, "one"));
    await put(of(web, "other"));
    const held = await rules();
    await host.run(["nft", "delete", "table", "ip", "portknock"]);
    await host.run(["nft", "flush", "chain", "ip6", "portknock", "input"]);
    expect(await of(ssh, "one").boot()).toBe(0);
    expect(await rules()).toEqual(held);
  });

  test("nobody confirms: the timer takes the change back, also after a flush of all rules", async () => {
    const held = await rules();
    expect(await of({ ...ssh, openForSeconds: 9 }, "one", 1).apply()).toEqual({});
    await host.run(["nft", "delete", "table", "ip", "portknock"]);
    await expect.poll(rules, { timeout: 10_000 }).toEqual(held);
    await expect.poll(async () => (await host.exec(["test", "-e", "/run/portknock"])).code).toBe(1);
  });

  test("a changed sequence takes its sources off their stages, and leaves grants", async () => {
    const door = of(ssh, "one");
    const set = (name: string) => `pk4-${door.identity.id}-${name}`;
    for (const name of ["1", "open"])
      await host.run(["nft", `add element ip portknock ${set(name)} { 192.0.2.9 timeout 1h }`]);
    const entries = async (name: string) =>
      (await host.run(["nft", "list", "set", "ip", "portknock", set(name)])).includes("192.0.2.9");
    await put(door);
    expect([await entries("1"), await entries("open")]).toEqual([true, true]);
    await put(of({ ...ssh, sequence: [...ssh.sequence].reverse() }, "one"));
    expect([await entries("1"), await entries("open")]).toEqual([false, true]);
    await put(door);
    await host.run(["nft", "flush", "set", "ip", "portknock", set("open")]);
  });

  test("a token is good once, and no longer after its rules were lost", async () => {
    const oneTime = { port: 7777, tokens: 3 };
    const { tokens } = checkedTokens(oneTime, undefined, { door: [...ssh.door] });
    const door = new Scripts(host, { ...ssh, oneTime }, "one", 60, "nftables", tokens);
    const unused = async () => (await door.observe()).report?.unused.ipv4 ?? [];
    await put(door);
    expect(await unused()).toHaveLength(3);
    await put(door);
    expect(await unused()).toHaveLength(3);
    await host.run(["nft", "flush", "ruleset"]);
    expect(await door.boot()).toBe(0);
    expect(await unused()).toEqual([]);
    await put(of(ssh, "one"));
  });

  describe("where the host's own rules drop what they do not name", () => {
    const MARK = { MARK: "0x40000000" };
    const rule = "nft insert rule inet closed input ct mark and 0x40000000 != 0 accept";
    beforeAll(async () => {
      await host.run(["nft", "add table inet closed"]);
      await host.run([
        "nft",
        "add chain inet closed input { type filter hook input priority 5; policy drop; }",
      ]);
      await host.run(["nft", "add rule inet closed input ct state established,related accept"]);
    });
    afterAll(() => host.run(["nft", "delete table inet closed"]));

    test("an apply names the rule to add, and changes nothing", async () => {
      const before = await rules();
      const { error } = await of(ssh, "one").apply(MARK);
      expect(error).toMatchObject({ code: "host-unfit" });
      expect(error?.text).toContain("inet closed, chain input drops what it does not let in");
      expect(error?.text).toContain(`${rule} `);
      expect(await rules()).toEqual(before);
    });

    test("in firewalld's table nobody else may add one, so it is the ports that are named", async () => {
      await host.run([
        "nft",
        "add table inet firewalld; add chain inet firewalld filter_INPUT { type filter hook input priority 10; policy drop; }",
      ]);
      for (const more of [MARK, { ...MARK, MANAGE_MARK: "yes" }]) {
        const { error } = await of(ssh, "one").apply(more);
        expect(error?.text).toContain("firewall-cmd --permanent --add-port=22/tcp && firewall-cmd --reload");
      }
      await host.run(["nft", "delete table inet firewalld"]);
    });

    test("with that rule, or one for the port, it goes, and nothing is said", async () => {
      const mine = ["nft", "add rule inet closed input tcp dport 22 accept"];
      await host.run(["sh", "-c", rule]);
      expect((await put(of(ssh, "one"), MARK)).join()).not.toContain("closed");
      await host.run(["nft", "flush", "chain", "inet", "closed", "input"]);
      expect((await of(ssh, "one").apply(MARK)).error?.code).toBe("host-unfit");
      await host.run(mine);
      await put(of(ssh, "one"), MARK);
      await host.run(["nft", "flush", "chain", "inet", "closed", "input"]);
    });

    test("manageMark adds it, at boot again, and takes it away with the last door", async () => {
      const ours = async () =>
        (await host.run(["nft", "list", "chain", "inet", "closed", "input"])).includes(
          'ct mark & 0x40000000 != 0x00000000 accept comment "portknock"',
        );
      const managed = { ...MARK, MANAGE_MARK: "yes" };
      const tried = of(ssh, "one");
      expect(await tried.apply(managed)).toEqual({});
      expect(await ours()).toBe(true);
      expect(await tried.abort()).toMatchObject({ outcome: "rolled back" });
      expect(await ours()).toBe(false);
      await put(of(ssh, "one"), managed);
      expect(await ours()).toBe(true);
      // Another service reloads while a change is pending.
      expect(await tried.apply(managed)).toEqual({});
      await host.run(["nft", "flush", "chain", "inet", "closed", "input"]);
      expect(await tried.abort()).toMatchObject({ outcome: "rolled back" });
      expect(await ours()).toBe(true);
      await host.run(["nft", "flush", "chain", "inet", "closed", "input"]);
      expect(await of(ssh, "one").boot()).toBe(0);
      expect(await ours()).toBe(true);
      await remove(of(ssh, "one"));
      expect(await ours()).toBe(true);
      await remove(of(web, "other"));
      expect(await ours()).toBe(false);
      expect((await host.exec(["ls", "/etc/portknock"])).code).not.toBe(0);
    });

    test("remove.sh takes the doors off, and that rule", async () => {
      const before = await rules();
      await put(of(ssh, "one"), { ...MARK, MANAGE_MARK: "yes" });
      expect(await host.run(["sh", "/etc/portknock/remove.sh"])).toBe("portknock: all doors are gone\n");
      expect(await rules()).toEqual(before);
      expect((await host.exec(["ls", "/etc/portknock"])).code).not.toBe(0);
    });
  });
});

describe.each(["nf_tables", "legacy"] as const)("beside iptables of variant %s", (variant) => {
  let lab: Lab;
  let host: Host;
  let before: [readonly string[], unknown];
  const seen = async (): Promise<[readonly string[], unknown]> => [
    await rulesOf(host),
    await host.firewall(),
  ];
  beforeAll(async () => {
    lab = await startLab({ hosts: 1, variant });
    host = lab.host();
    before = await seen();
  });
  afterAll(() => lab?.stop());
  const of = (policy: PolicyArgs, backend: BackendName, name: string) =>
    new Scripts(host, policy, name, 60, backend);

  test("with a door in nftables alone, the loader leaves the lists of iptables as they are", async () => {
    const modes = () => host.run(["sh", "-c", "stat -c %a /proc/net/xt_recent 2>/dev/null || echo none"]);
    const found = await modes();
    await put(of(ssh, "nftables", "one"));
    await host.run(["nft", "flush", "chain", "ip", "portknock", "input"]);
    expect(await of(ssh, "nftables", "one").boot()).toBe(0);
    expect(await modes()).toBe(found);
    await remove(of(ssh, "nftables", "one"));
    expect(await seen()).toEqual(before);
  });

  test("a door of each backend: each is held, stored and loaded again", async () => {
    await put(of(ssh, "iptables", "one"));
    await put(of(web, "nftables", "other"));
    await put(of(ssh, "iptables", "one"));
    const both = await seen();
    await host.run(["nft", "delete", "table", "ip", "portknock"]);
    await host.run(["iptables", "-F", "INPUT"]);
    expect(await of(ssh, "iptables", "one").boot()).toBe(0);
    const [native, { ipv6 }] = (await seen()) as [readonly string[], { ipv6: string }];
    expect(ipv6).toBe((both[1] as { ipv6: string }).ipv6);
    if (variant === "legacy") expect(native).toEqual(both[0]);
  });

  test.each([
    ["nftables", "tcp/22 belongs to the door one"],
    ["iptables", "tcp/8080 belongs to the door other"],
  ] as const)("a port has one door, whichever backend has it: %s", async (backend, text) => {
    const policy = backend === "nftables" ? ssh : web;
    expect((await of(policy, backend, "third").apply()).error).toMatchObject({ code: "conflict", text });
  });

  test("a door moves, in one change that is taken back whole", async () => {
    await put(of(ssh, "iptables", "one"));
    const held = await seen();
    const moved = of(ssh, "nftables", "one");
    expect(await moved.apply()).toEqual({});
    expect(await moved.abort()).toMatchObject({ outcome: "rolled back" });
    expect(await seen()).toEqual(held);
    for (const backend of ["nftables", "iptables"] as const) {
      await put(of(ssh, backend, "one"));
      const other = backend === "nftables" ? "iptables" : "nftables";
      const { report } = await new Scripts(host, ssh, "one", 60, backend).run("observe", { BACKEND: "" });
      expect(
        BACKENDS[other].compare(of(ssh, other, "one").ruleset, {}, report?.observed ?? {}).isPresent,
      ).toBe(false);
    }
  });

  test("both go, and nothing is left", async () => {
    await remove(of(ssh, "iptables", "one"));
    await remove(of(web, "nftables", "other"));
    await host.run(["iptables-restore"], { input: `${(before[1] as { ipv4: string }).ipv4}` });
    expect((await seen())[1]).toEqual(before[1]);
  });
});
