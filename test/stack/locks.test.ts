import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Firewall, type Host, killGroup, type Lab, startLab } from "../lab/lab";
import { told } from "../situations";
import { ACCOUNT, Scripts } from "./scripts";
import { makeStack } from "./stack";
import { connection, webDoor } from "./world";

const POLICY = {
  sequence: [{ protocol: "tcp", port: 7001 }],
  door: [{ protocol: "tcp", ports: [8080] }],
} as const;
const ROTATED = { ...POLICY, sequence: [{ protocol: "udp", port: 8001 }] } as const;

const LOCK = "/run/portknock.lock";
/** Everything that an account may think of, for as long as it likes: whole and shared, files and folders. */
const HOLD_ALL = `
for place in / /run /run/* /run/portknock /run/portknock/* /etc /etc/portknock /etc/portknock/* /run/portknock.lock \
  /run/xtables.lock /proc/net/xt_recent /var/lock /var/run; do
  for kind in -s -x; do
    flock $kind "$place" sh -c "echo $kind $place; exec sleep 600" &
  done
done 2>/dev/null
echo all
wait`;
/** How long anything may take that nothing holds up, on a busy machine. */
const SOON_MS = 9_000;

describe.each([
  { variant: "nf_tables", shell: ["sh"] },
  { variant: "legacy", shell: ["busybox", "sh"] },
] as const)("whoever holds locks, with $variant and $shell", ({ variant, shell }) => {
  let lab: Lab;
  let host: Host;
  let scripts: Scripts;
  let bare: Firewall;
  let before: Firewall;
  const holders: Awaited<ReturnType<typeof spawnHolder>>[] = [];

  beforeAll(async () => {
    lab = await startLab({ variant });
    host = lab.host();
    scripts = new Scripts(host, shell);
    bare = await host.firewall();
  });
  afterAll(() => lab?.stop());
  beforeEach(async () => {
    await scripts.make(POLICY);
    before = await host.firewall();
  });
  afterEach(async () => {
    for (const holder of holders.splice(0)) killGroup(holder.child);
    await expect.poll(() => scripts.isPending(), { timeout: 15_000 }).toBe(false);
    await scripts.make(undefined);
    expect(await host.firewall()).toEqual(bare);
  });

  async function spawnHolder(command: readonly string[], ready: string) {
    const child = host.spawn(command);
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (data: string) => {
      text += data;
    });
    await expect.poll(() => text, { timeout: 5_000 }).toContain(ready);
    return { child, held: () => text };
  }
  async function hold(command: readonly string[], ready: string) {
    const holder = await spawnHolder(command, ready);
    holders.push(holder);
    return holder;
  }
  /** A process of root's that has our lock, and hangs. */
  const hang = () => hold(["sh", "-c", `exec 9>>${LOCK}; flock 9; echo held; kill -STOP $$`], "held");
  async function soon<Result>(doing: Promise<Result>, withinMs = SOON_MS): Promise<Result> {
    const started = performance.now();
    const result = await doing;
    expect(performance.now() - started).toBeLessThan(withinMs);
    return result;
  }
  const isOver = (timeout = SOON_MS) =>
    expect.poll(() => scripts.isPending(), { timeout, interval: 100 }).toBe(false);

  test("an account that holds all it can open holds nothing up", async () => {
    const { held } = await hold([...ACCOUNT, "sh", "-c", HOLD_ALL], "all");
    await expect.poll(held, { timeout: 5_000 }).toMatch(/^-[sx] \/run$/m);
    expect(held()).not.toContain("lock\n");
    expect(await soon(scripts.apply(ROTATED))).toContain("\napplied\n");
    expect(await soon(scripts.confirm())).toMatch(/^persistence none$/m);
    const rotated = await host.firewall();
    expect(rotated).not.toEqual(before);
    expect(await soon(scripts.apply(POLICY))).toContain("\napplied\n");
    expect(await soon(scripts.abort())).toContain("\nrolled back\n");
    expect(await host.firewall()).toEqual(rotated);
    expect(await scripts.apply(POLICY, { rollbackSeconds: 1 })).toContain("\napplied\n");
    await isOver();
    expect(await host.firewall()).toEqual(rotated);
    await host.run(["iptables", "-F", "INPUT"]);
    expect(await soon(scripts.boot())).toBe(0);
    expect(await host.run(["iptables", "-S", "INPUT"])).toContain("-j PORTKNOCK");
    await host.run(["iptables-restore"], { input: `${before.ipv4}` });
    expect(await soon(scripts.boot())).toBe(0);
  });

  test("an apply changes nothing where a hanging script has the lock, neither then nor when it is free", async () => {
    const { child } = await hang();
    const said = await soon(scripts.apply(ROTATED), 20_000);
    expect(said).toMatch(
      /^error busy the lock \/run\/portknock.lock was not free for 10 s\. It was last taken by the process \d+ there/m,
    );
    killGroup(child);
    await pause(1_500);
    expect(await host.firewall()).toEqual(before);
    expect(await scripts.isPending()).toBe(false);
  });

  test("a confirm keeps nothing then, and the timer takes the change back without the lock", async () => {
    expect(await scripts.apply(ROTATED, { rollbackSeconds: 13 })).toContain("\napplied\n");
    const { child } = await hang();
    expect(await soon(scripts.confirm(), 13_000)).toMatch(/^error busy the lock/m);
    await expect.poll(() => host.firewall(), { timeout: 15_000 }).toEqual(before);
    expect(await soon(scripts.confirm(), 13_000)).toMatch(/^error busy the lock/m);
    killGroup(child);
    expect(await scripts.confirm()).toMatch(/^error not-confirmed the rules were taken back already/m);
    await isOver();
    expect(await host.firewall()).toEqual(before);
  });

  test("the timer takes a change back soon, and forgets it with the lock", async () => {
    expect(await scripts.apply(ROTATED, { rollbackSeconds: 2 })).toContain("\napplied\n");
    const { child } = await hang();
    await expect.poll(() => host.firewall(), { timeout: 2_000 + SOON_MS }).toEqual(before);
    expect(await scripts.isPending()).toBe(true);
    killGroup(child);
    await isOver();
    const timers = () => host.run(["sh", "-c", "pgrep -f '[r]ollback-' || :"]);
    await expect.poll(timers, { timeout: 3_000 }).toBe("");
  });

  test("an abort takes a change back without the lock", async () => {
    expect(await scripts.apply(ROTATED, { rollbackSeconds: 15 })).toContain("\napplied\n");
    const { child } = await hang();
    expect(await soon(scripts.abort(), 20_000)).toContain("\nrolled back\n");
    expect(await host.firewall()).toEqual(before);
    killGroup(child);
    // The next apply need not wait for the timer.
    await scripts.make(ROTATED);
  });

  test("the loader loads without the lock", async () => {
    await hang();
    await host.run(["sh", "-c", "iptables -F INPUT; ip6tables -F INPUT"]);
    expect(await soon(scripts.boot(), 20_000)).toBe(0);
    for (const tool of ["iptables", "ip6tables"])
      expect(await host.run([tool, "-S", "INPUT"])).toContain("-j PORTKNOCK");
    const { ipv4, ipv6 } = before;
    await host.run(["iptables-restore"], { input: ipv4 });
    await host.run(["ip6tables-restore"], { input: ipv6 });
  });

  test("nothing is changed for a controller that is gone, or has stopped waiting", async () => {
    const { child } = await hang();
    const text = scripts.applyText(ROTATED);
    // Nobody reads what it says after its first two lines.
    const gone = host.exec(["sh", "-c", `${shell.join(" ")} -s -- x | head -n 2`], { input: text });
    const ssh = [
      "ssh",
      "-i",
      lab.privateKeyFile,
      "-o",
      "StrictHostKeyChecking=no",
      "-o",
      "UserKnownHostsFile=/dev/null",
    ];
    const cut = lab.controller.spawn([...ssh, `root@${host.ipv4}`, `${shell.join(" ")} -s`]);
    cut.stdin.end(scripts.applyText(ROTATED));
    await once(cut.stdout, "data");
    killGroup(cut);
    const late = host.exec([...shell, "-s", "--", "x"], {
      input: scripts.applyText(ROTATED, { timeSeconds: 2 }),
    });
    await pause(4_000);
    killGroup(child);
    expect((await gone).stdout).toContain("portknock begin");
    expect((await late).stdout).toMatch(/^error busy the time for this was over before its turn came/m);
    await pause(1_000);
    expect(await host.firewall()).toEqual(before);
    expect(await scripts.isPending()).toBe(false);
  });

  test("a confirm is none for a controller that has gone", async () => {
    expect(await scripts.apply(ROTATED, { rollbackSeconds: 6 })).toContain("\napplied\n");
    const { child } = await hang();
    const gone = host.exec(["sh", "-c", `${shell.join(" ")} -s | head -n 1`], {
      input: scripts.text("confirm"),
    });
    await pause(1_500);
    killGroup(child);
    await gone;
    await isOver(15_000);
    expect(await host.firewall()).toEqual(before);
  });

  test("an apply that was stopped until its timer had struck takes back what it then loads", async () => {
    const tool = variant === "legacy" ? "iptables-legacy-restore" : "iptables-nft-restore";
    // Stops before the first document that is no test, once.
    const slow = `#!/bin/sh
case "$*" in *--test* | *-V*) ;; *)
  if mv /run/slow/arm /run/slow/stopped 2>/dev/null; then until [ -e /run/slow/go ]; do sleep 0.1; done; fi ;;
esac
exec ${tool} "$@"
`;
    await host.run(
      [
        "sh",
        "-c",
        "mkdir /run/slow; touch /run/slow/arm; cat >/run/slow/iptables-restore; chmod 755 /run/slow/iptables-restore",
      ],
      { input: slow },
    );
    const path = { PATH: "/run/slow:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
    const input = scripts.applyText(ROTATED, { rollbackSeconds: 1 });
    const applying = host.exec([...shell, "-s", "--", "x"], { input, env: path });
    await expect
      .poll(async () => (await host.exec(["test", "-e", "/run/portknock/pending/back"])).code, {
        timeout: SOON_MS,
      })
      .toBe(0);
    expect(await host.firewall()).toEqual(before);
    await host.run(["touch", "/run/slow/go"]);
    expect((await applying).stdout).toMatch(
      /^error busy it took so long that the timer has taken the change back/m,
    );
    expect(await host.firewall()).toEqual(before);
    await isOver();
    await host.run(["rm", "-r", "/run/slow"]);
  });

  test("a lock that others could open is replaced", async () => {
    await host.run(["chmod", "0666", LOCK]);
    const { held } = await hold([...ACCOUNT, "flock", LOCK, "sh", "-c", "echo held; sleep 600"], "held");
    expect(held()).toContain("held");
    expect(await soon(scripts.apply(ROTATED))).toContain("\napplied\n");
    expect(await soon(scripts.abort())).toContain("\nrolled back\n");
    expect(await host.run(["stat", "-c", "%a %u %h", LOCK])).toBe("600 0 1\n");
    await host.run(["sh", "-c", `rm ${LOCK}; echo precious >/root/file; ln -s /root/file ${LOCK}`]);
    expect(await scripts.apply(ROTATED)).toContain("\napplied\n");
    expect(await scripts.abort()).toContain("\nrolled back\n");
    expect(await host.run(["stat", "-c", "%F", LOCK])).toMatch(/^regular/);
    expect(await host.run(["cat", "/root/file"])).toBe("precious\n");
  });
});

test("an up that meets a hanging script ends, and says what it did", async () => {
  const lab = await startLab();
  try {
    const stack = await makeStack(lab);
    const host = lab.host();
    const before = await host.firewall();
    await stack.declare({ web: webDoor(lab, host, { connection: connection(lab, host) }) });
    const holder = host.spawn([
      "sh",
      "-c",
      `umask 077; exec 9>>${LOCK}; flock 9; echo $$ >${LOCK}; echo held; kill -STOP $$`,
    ]);
    await once(holder.stdout, "data");
    const { stdout, stderr, code } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    const process = (await host.run(["cat", LOCK])).trim();
    expect(stdout + stderr).toContain(told("a script hangs on the host", { host: host.ipv4, process }));
    expect(await host.firewall()).toEqual(before);
    killGroup(holder);
    await stack.up();
    await stack.destroy();
    expect(await host.firewall()).toEqual(before);
  } finally {
    await lab.stop();
  }
});
