import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile } from "../../provider/rules/compile";
import { renderDocument } from "../../provider/rules/iptables/render";
import { type Host, killGroup, type Lab, startLab } from "../lab/lab";
import { complete } from "../policy/complete";
import { ACCOUNT, Scripts } from "./scripts";

/** A source that nobody else is. */
const SOURCES = { 4: "198.51.100.7", 6: "2001:db8:51::7" };
const POLICY = {
  sequence: [
    { protocol: "tcp", port: 7001 },
    { protocol: "udp", port: 8001 },
    { protocol: "icmp", payloadBytes: 121 },
  ],
  door: [{ protocol: "tcp", ports: [8080] }],
  openForSeconds: 600,
  lockout: { wrongKnocks: 3, withinSeconds: 60, forSeconds: 60 },
  rateLimit: { connectionsPerMinute: 60, burst: 5 },
} as const;
const ROTATED = { ...POLICY, sequence: [...POLICY.sequence].reverse() };

/** By every way to a list that an account has; /run/proc is a second mount. */
const READ = `
for net in /proc/net /proc/self/net /proc/thread-self/net /proc/self/task/*/net /proc/1/net /proc/$$/net /run/proc/net; do
  for folder in xt_recent ipt_hashlimit ip6t_hashlimit; do
    ls "$net/$folder"; cat "$net/$folder"/*
    cat "$net/$folder/$1-open" "$net/$folder/$1-1" "$net/$folder/$1-wrong" "$net/$folder/$1-rate-60-5"
  done
done 2>/dev/null
# As root of a user namespace of its own.
for more in "" "--pid --fork --mount-proc"; do unshare -Ur $more cat "/proc/net/xt_recent/$1-open"; done 2>/dev/null
echo read`;

describe.each(["nf_tables", "legacy"] as const)("who has knocked, with %s", (variant) => {
  let lab: Lab;
  let host: Host;
  let scripts: Scripts;

  beforeAll(async () => {
    lab = await startLab({ variant });
    host = lab.host();
    scripts = new Scripts(host);
    await host.run([
      "sh",
      "-ec",
      "mkdir -p /etc/modprobe.d; mkdir -m 0755 /run/proc; mount -t proc proc /run/proc",
    ]);
  });
  afterAll(() => lab?.stop());

  const names = () => ([4, 6] as const).map((family) => `pk${family}-${scripts.identity.id}`);
  const seen = async (): Promise<string> => {
    const texts = names().map((name) => host.run([...ACCOUNT, "sh", "-c", READ, "sh", name]));
    return (await Promise.all(texts)).join("").replaceAll("read\n", "");
  };
  /** Puts a source on lists, as its knocks would. */
  async function mark(): Promise<void> {
    for (const family of [4, 6] as const)
      for (const name of ["1", "open", "wrong"])
        await host.run(["sh", "-c", 'echo "+$1" >"$2"', "sh", SOURCES[family], scripts.list(name, family)]);
  }
  const marks = (name: string) => host.run(["cat", scripts.list(name, 4), scripts.list(name, 6)]);
  const modes = async () =>
    (await host.run(["stat", "-c", "%a", "/proc/net/xt_recent", "/proc/net/ipt_hashlimit"])).split("\n");

  async function isClosed(): Promise<void> {
    await mark();
    expect(await marks("open")).toMatch(/src=.*\nsrc=/);
    expect(await seen()).toBe("");
  }

  /** The whole table, of both families, and how to have it back. */
  const save = () => host.run(["sh", "-c", "iptables-save -t filter; echo; ip6tables-save -t filter"]);
  async function restore(saved: string): Promise<void> {
    const [ipv4, ipv6] = saved.split("\n\n");
    await host.run(["iptables-restore"], { input: `${ipv4}\n` });
    await host.run(["ip6tables-restore"], { input: `${ipv6}\n` });
  }
  const flush = () => restore("*filter\nCOMMIT\n\n*filter\nCOMMIT");

  /** An account that opens a list, and reads it when it is told to. */
  async function hold(command: string) {
    const child = host.spawn([...ACCOUNT, "sh", "-c", `${command}; echo held; read -r _; eval "$read"`]);
    child.stdout.setEncoding("utf8");
    let text = "";
    child.stdout.on("data", (data: string) => {
      text += data;
    });
    await expect.poll(() => text, { timeout: 5_000 }).toContain("held");
    return {
      read: async (): Promise<string> => {
        text = "";
        child.stdin.write("\n");
        await once(child, "close");
        return text;
      },
      end: () => killGroup(child),
    };
  }

  test("of a door that an earlier release left is closed by the next apply, also to whoever holds a list open", async () => {
    const ruleset = compile(complete(POLICY), scripts.identity);
    await host.run(["iptables-restore", "--noflush"], { input: renderDocument(ruleset, "ipv4") });
    await host.run(["ip6tables-restore", "--noflush"], { input: renderDocument(ruleset, "ipv6") });
    await mark();
    // The attack works: everyone may read.
    expect(await seen()).toContain(`src=${SOURCES[4]}`);
    const rates = "/proc/net/ipt_hashlimit/pk4-*-rate-60-5";
    const held = await Promise.all([
      hold(`exec 3<${scripts.list("1")}; read='cat <&3'`),
      hold(`exec 3<${scripts.list("open", 6)}; read='cat <&3'`),
      hold(`exec 3<$(echo ${rates}); read='cat <&3'`),
      hold("cd /proc/net/xt_recent; read='cat pk4-*-1 pk4-*-open pk6-*-open'"),
      hold(`cd /proc/net/xt_recent; read='cat ${scripts.list("1").split("/").pop()}'`),
    ]);
    const control = await hold(`exec 3<${scripts.list("1")}; read='cat <&3'`);
    expect(await control.read()).toContain(`src=${SOURCES[4]}`);
    expect(await scripts.apply(POLICY)).toContain("\napplied\n");
    await isClosed();
    for (const one of held) expect(await one.read()).not.toContain("src=");
    expect(await scripts.confirm()).toMatch(/^persistence none$/m);
  });

  test("stays closed, and where it was closed nobody loses a grant", async () => {
    await mark();
    await scripts.make(POLICY);
    expect(await marks("open")).toMatch(/src=.*\nsrc=/);
    expect(await marks("1")).toMatch(/src=.*\nsrc=/);
    await isClosed();
  });

  test("stays closed after a rollback, by hand and by the timer", async () => {
    expect(await scripts.apply(ROTATED)).toContain("\napplied\n");
    expect(await scripts.abort()).toContain("\nrolled back\n");
    await isClosed();
    expect(await scripts.apply(ROTATED, { rollbackSeconds: 1 })).toContain("\napplied\n");
    await expect.poll(() => scripts.isPending(), { timeout: 10_000 }).toBe(false);
    await isClosed();
  });

  test("stays closed where lists are made anew, by the loader or by hand", async () => {
    const saved = await save();
    await flush();
    expect(await scripts.boot()).toBe(0);
    await isClosed();
    await flush();
    await restore(saved);
    await isClosed();
  });

  const doors = async () => (await save()).split("\n").filter((line) => /PK-|PORTKNOCK/.test(line));

  /** Runs the loader. What a command prints before each restore of IPv6's rules. */
  async function loadSeeing(command: string): Promise<string[]> {
    const noting = `#!/bin/sh\n{ ${command}; echo --; } >>/run/order/seen\nexec "$(PATH=/usr/sbin:/sbin command -v "\${0##*/}")" "$@"\n`;
    const install =
      "mkdir -p /run/order; rm -f /run/order/seen; cat >/run/order/ip6tables-restore; chmod 755 /run/order/ip6tables-restore";
    await host.run(["sh", "-ec", install], { input: noting });
    await host.run(["sh", "-c", "PATH=/run/order:$PATH exec sh /etc/portknock/load.sh"]);
    return (await host.run(["cat", "/run/order/seen"])).split("--\n").slice(0, -1);
  }

  test("the loader makes the lists that every packet asks for before those of a door of either family", async () => {
    const held = await doors();
    await flush();
    const [first, second] = await loadSeeing("ls /proc/net/xt_recent");
    expect(first).toBe("");
    expect(second).toMatch(/^pk4-known$/m);
    expect(second).toMatch(/^pk6-known$/m);
    expect(await doors()).toEqual(held);
    await isClosed();
  });

  test("and no chain that is there becomes emptier by that", async () => {
    const held = await doors();
    await host.run([
      "sh",
      "-c",
      "ip6tables-save -t filter | sed -n 's/^:\\(PK-[^ ]*\\).*/\\1/p' | while read -r chain; do ip6tables -F $chain; ip6tables -A $chain -j DROP; done",
    ]);
    const seen = await loadSeeing("ip6tables-save -t filter | grep -c DROP");
    expect(seen).toHaveLength(2);
    expect(new Set(seen).size, seen.join()).toBe(1);
    expect(await doors()).toEqual(held);
    await isClosed();
  });

  test("is closed by the loader where others have restored our rules before it, also to whoever holds a list open", async () => {
    const saved = await save();
    await flush();
    // As after a reboot.
    await host.run([
      "chmod",
      "0555",
      "/proc/net/xt_recent",
      "/proc/net/ipt_hashlimit",
      "/proc/net/ip6t_hashlimit",
    ]);
    await restore(saved);
    await mark();
    expect(await seen()).toMatch(/src=2001:/);
    const held = await hold(`exec 3<${scripts.list("open")}; read='cat <&3'`);
    expect(await scripts.boot()).toBe(0);
    await isClosed();
    expect(await held.read()).not.toContain("src=");
    await mark();
    expect(await scripts.boot()).toBe(0);
    expect(await marks("open")).toMatch(/src=.*\nsrc=/);
  });

  test("is told of where it is open", async () => {
    await host.run(["chmod", "0555", "/proc/net/xt_recent"]);
    const said = await scripts.run(scripts.text("observe"));
    expect(said).toContain("\nwarning other accounts of the host can read who has knocked");
    await scripts.make(POLICY);
    await isClosed();
    expect(await scripts.run(scripts.text("observe"))).not.toContain("can read who has knocked");
  });

  test("is for root alone from the start after a boot, and leaves nothing behind", async () => {
    expect(await host.run(["cat", "/etc/modprobe.d/portknock.conf"])).toMatch(
      /^# .*pulumi-portknock.*\noptions xt_recent ip_list_perms=0600\n$/,
    );
    expect(await modes()).toEqual(["500", "500", ""]);
    await scripts.make(undefined);
    expect(await modes()).toEqual(["555", "555", ""]);
    expect((await host.exec(["test", "-e", "/etc/modprobe.d/portknock.conf"])).code).toBe(1);
  });

  test("a folder that the host had closed itself stays closed", async () => {
    await host.run(["chmod", "0700", "/proc/net/xt_recent"]);
    await scripts.make(POLICY);
    await scripts.make(undefined);
    expect(await modes()).toEqual(["700", "555", ""]);
    await host.run(["chmod", "0555", "/proc/net/xt_recent"]);
  });
});
