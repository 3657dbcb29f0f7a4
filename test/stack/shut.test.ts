import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { told } from "../situations";
import { useStack } from "./useStack";
import { connection, isOpen, SEQUENCE, sshDoor, webDoor } from "./world";

/** With a capital, as a sentence of its own. */
const CONSOLE = told("the way by the console");
const SENTENCE = `A${CONSOLE.slice(1)}.`;

describe("a door that the knock does not open", () => {
  const { lab, stack, host } = useStack();

  const door = (
    more: Readonly<Record<string, unknown>> = {},
    login: Readonly<Record<string, unknown>> = {},
  ) => sshDoor(lab, host, { connection: connection(lab, host, login), ...more });
  const revoke = () =>
    host.run(["sh", "-c", "for list in /proc/net/xt_recent/pk*-open; do echo / >$list; done"]);

  async function failing(...args: string[]): Promise<{ said: string; seconds: number }> {
    const began = performance.now();
    const { stdout, stderr, code } = await stack.pulumi(...args, "--yes", "--skip-preview");
    expect(code, stdout).not.toBe(0);
    return { said: stdout + stderr, seconds: (performance.now() - began) / 1000 };
  }

  test.each([
    { way: "loads what is stored", commands: ["sh /etc/portknock/load.sh"], flags: [] },
    {
      way: "takes the jump out",
      commands: ["iptables", "ip6tables"].map(
        (tool) => `${tool} -D INPUT -m comment --comment portknock -j PORTKNOCK`,
      ),
      flags: ["--refresh"],
    },
  ])(
    "rules that a refresh saw missing: up says so, soon, and the console $way",
    async ({ commands, flags }) => {
      await stack.declare({ ssh: door({ openForSeconds: 600 }) });
      await stack.up();
      await host.run([
        "sh",
        "-c",
        "for tool in iptables ip6tables; do $tool -F $($tool -S | sed -n 's/^-N \\(PK-.*-1\\)$/\\1/p'); done",
      ]);
      await stack.refresh();
      await revoke();
      expect(await isOpen(lab, host.ipv4)).toBe(false);
      const { said, seconds } = await failing("up");
      expect(said).toContain(told("a door on SSH that lacked rules when it was last read"));
      expect(said).toContain(SENTENCE);
      expect(said).toContain(
        told("a host that does not answer, told while it is tried", { tries: 2, limit: 4, host: host.ipv4 }),
      );
      expect(seconds).toBeLessThan(60);
      await host.run(["sh", "-ec", commands.join("\n")]);
      await stack.up(...flags);
      await stack.refresh("--expect-no-changes");
      await revoke();
      await stack.knock("ssh");
      expect(await isOpen(lab, host.ipv4)).toBe(true);
    },
  );

  test("the host has the sequence of an up that was killed: named by refresh, repaired by connection.knock", async () => {
    const other = [{ protocol: "tcp", port: 7009 }, ...SEQUENCE.slice(1)];
    const login = { dialErrorLimit: 2 };
    await stack.declare({ ssh: door({}, login) });
    await stack.up();
    const before = JSON.stringify(await stack.export("--show-secrets"));
    await stack.declare({ ssh: door({ sequence: other }, login) });
    await stack.up();
    const { code } = await stack.exec(["pulumi", "stack", "import", "--non-interactive"], { input: before });
    expect(code).toBe(0);
    await stack.declare({ ssh: door({}, login) });
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 10_000 }).toBe(false);
    expect(await stack.up()).toMatch(/2 unchanged/);
    const hint = told("a door on SSH that the knock does not open", { console: CONSOLE });
    expect((await failing("up", "--refresh")).said).toContain(hint);
    const knocking = { ssh: door({}, { ...login, knock: other }) };
    await stack.declare(knocking);
    expect((await failing("up", "--refresh")).said).toContain(hint);
    await stack.up();
    await stack.declare({ ssh: door({}, login) });
    await stack.up("--refresh");
    await stack.refresh("--expect-no-changes");
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 10_000 }).toBe(false);
    await stack.knock("ssh");
    expect(await isOpen(lab, host.ipv4)).toBe(true);
  });

  test("a status that nobody answers says so while it tries", async () => {
    await host.linkDown();
    const { stderr } = await stack.exec(["portknock", "status", host.ipv4, "-i", lab.privateKeyFile], {
      timeoutMs: 15_000,
    });
    await host.linkUp();
    expect(stderr).toContain(
      told("a host that does not answer, told while it is tried", { tries: 2, limit: 3, host: host.ipv4 }),
    );
  });

  test("another one's apply is pending: up says that it waits, and goes on when that is over", async () => {
    const owner = "organization/elsewhere/test/web";
    await host.run([
      "sh",
      "-ec",
      `mkdir -p /run/portknock/pending; cd /run/portknock/pending
      echo 0123456789 >door; echo ${owner} >owner; echo >unit
      setsid sleep 600 >/dev/null 2>&1 & echo $! >pid
      echo 0123456789abcdef >tx`,
    ]);
    await stack.declare({ ssh: door({ openForSeconds: 4 }) });
    const child = stack.spawn(["pulumi", "up", "--yes", "--skip-preview", "--non-interactive"]);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (said += String(bytes)));
    await expect
      .poll(() => said, { timeout: 60_000 })
      .toContain(told("an up that waits for another one's timer", { host: host.ipv4, owner }));
    const ended = once(child, "exit");
    await host.run(["sh", "-ec", "kill $(cat /run/portknock/pending/pid)"]);
    expect(await ended, said).toEqual([0, null]);
    await stack.destroy();
  });

  test("doors of a host whose SSH door gives one connection a knock take no grants from each other", async () => {
    const web = (index: number) =>
      webDoor(lab, host, {
        door: [{ protocol: "tcp", ports: [9000 + index] }],
        sequence: [
          { protocol: "tcp", port: 7201 + 10 * index },
          { protocol: "udp", port: 8201 + 10 * index },
        ],
      });
    const names = ["a", "b", "c", "d", "e"];
    await stack.declare({
      ssh: door({ singleUse: true }),
      ...Object.fromEntries(names.map((name, index) => [name, web(index)])),
    });
    await stack.up();
    const began = performance.now();
    await stack.refresh("--expect-no-changes");
    const seconds = (performance.now() - began) / 1000;
    console.log(`refresh of ${names.length + 1} doors: ${seconds.toFixed(1)} s`);
    expect(seconds).toBeLessThan(12);
    await stack.destroy();
  });
});
