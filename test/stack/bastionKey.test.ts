import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Host } from "../lab/lab";
import { told } from "../situations";
import { startEvil } from "./evil/evil";
import { useStack } from "./useStack";
import { isOpen, sshDoor, traces } from "./world";

const STEPS = [
  { protocol: "tcp", port: 7301 },
  { protocol: "tcp", port: 7302 },
];
const PASSWORD = "Marked-Password";
const KEY = "/etc/ssh/ssh_host_ed25519_key";

describe("the key of a bastion", () => {
  const { lab, stack } = useStack({ hosts: 3 });
  let host: Host;
  let bastion: Host;

  beforeAll(async () => {
    [host, bastion] = [lab.host(1), lab.host(2)];
  });

  const door = (
    proxy: Readonly<Record<string, unknown>> = {},
    more: Readonly<Record<string, unknown>> = {},
  ) =>
    sshDoor(lab, host, {
      ...{ sequence: STEPS, ...more },
      connection: {
        ...{ host: host.ipv4, privateKey: lab.privateKey, dialErrorLimit: 2 },
        proxy: { host: bastion.ipv4, privateKey: lab.privateKey, dialErrorLimit: 2, ...proxy },
      },
    });

  async function failing(...args: string[]): Promise<string> {
    const { stdout, stderr, code } = await stack.pulumi(...args, "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    return stdout + stderr;
  }

  const recorded = async () => (await stack.doors())[0]?.outputs?.proxyHostKey;
  const keyOf = (text: string) => text.trim().split(" ").slice(0, 2).join(" ");
  const fingerprint = async () =>
    (await bastion.run(["ssh-keygen", "-lf", `${KEY}.pub`])).split(" ")[1] ?? "";

  async function rekey(): Promise<void> {
    await bastion.run(["sh", "-c", `rm ${KEY}* && ssh-keygen -q -t ed25519 -N '' -f ${KEY}`]);
    await bastion.restartSshd();
  }

  /** Lines in which the bastion's sshd speaks of a user: whoever names none has sent no credential. */
  const logins = async () =>
    Number(await bastion.run(["sh", "-c", "grep -cE 'Accepted|Failed|user root' /var/log/sshd.log || true"]));

  test("it is recorded at create", async () => {
    await stack.declare({ ssh: door() });
    await stack.up();
    expect(await recorded()).toBe(keyOf(bastion.hostKey));
    await stack.refresh("--expect-no-changes");
  });

  test("a state without it records it with the next refresh, and with the next update", async () => {
    for (const record of [
      () => stack.refresh(),
      async () => {
        await stack.declare({ ssh: door({}, { openForSeconds: 4 }) });
        await stack.up();
      },
    ]) {
      const state = await stack.export();
      for (const resource of state.deployment.resources ?? []) delete resource.outputs?.proxyHostKey;
      const file = join(stack.project, "state.json");
      await writeFile(file, JSON.stringify(state));
      await stack.must("stack", "import", "--file", file);
      expect(await recorded()).toBeUndefined();
      await record();
      expect(await recorded()).toBe(keyOf(bastion.hostKey));
    }
    await stack.declare({ ssh: door() });
    await stack.up();
  });

  test("another key is refused by refresh, update and destroy, before any login", async () => {
    const before = await fingerprint();
    await rekey();
    const held = await host.firewall();
    const message = told("another key of a bastion", {
      bastion: bastion.ipv4,
      key: await fingerprint(),
      recorded: before,
    });
    await stack.declare({ ssh: door({}, { openForSeconds: 4 }) });
    const asked = await logins();
    for (const command of ["refresh", "up", "destroy"]) expect(await failing(command)).toContain(message);
    expect(await logins()).toBe(asked);
    expect(await host.firewall()).toEqual(held);
    expect(await stack.doors()).toHaveLength(1);
  });

  test("a server that takes its place gets no password", async () => {
    const log = join(lab.dir, "home/evil.log");
    const evil = await startEvil(lab, "fine", "", log);
    await writeFile(log, "");
    // The bastion's address leads to the evil server from here on.
    const redirect = ["-d", bastion.ipv4, "-p", "tcp", "--dport", "22", "-j", "REDIRECT", "--to-ports"];
    await lab.controller.run(["iptables", "-t", "nat", "-A", "OUTPUT", ...redirect, String(evil.port)]);
    await stack.declare({ ssh: door({ password: PASSWORD }, { openForSeconds: 5 }) });
    for (const command of ["refresh", "up", "destroy"])
      expect(await failing(command)).toContain("presents the key");
    expect(await readFile(log, "utf8")).toBe("");
    await lab.controller.run(["iptables", "-t", "nat", "-F", "OUTPUT"]);
    evil.stop();
  });

  test("the new key is taken where it is given, or in known_hosts, and recorded", async () => {
    const publicKey = keyOf(await bastion.run(["cat", `${KEY}.pub`]));
    await stack.declare({ ssh: door({ hostKey: publicKey }) });
    await stack.up();
    expect(await recorded()).toBe(publicKey);
    await stack.declare({ ssh: door() });
    await stack.up();
    await stack.refresh("--expect-no-changes");

    await rekey();
    const other = keyOf(await bastion.run(["cat", `${KEY}.pub`]));
    const ssh = join(lab.controller.home, ".ssh");
    await mkdir(ssh, { recursive: true });
    await writeFile(join(ssh, "known_hosts"), `${bastion.ipv4} ${other}\n`);
    await stack.refresh();
    expect(await recorded()).toBe(other);
    await rm(ssh, { recursive: true });
    await stack.destroy();
    expect(await isOpen(lab, host.ipv4)).toBe(true);
  });

  test("acceptNewHostKey: false takes no key that nobody has said", async () => {
    const before = await traces(host);
    await stack.declare({ ssh: door({ acceptNewHostKey: false }) });
    expect(await failing("up")).toContain(
      told("an unknown key of a bastion", { bastion: bastion.ipv4, key: await fingerprint() }),
    );
    expect(await traces(host)).toBe(before);
  });

  test("another bastion has a key of its own", async () => {
    await stack.declare({ ssh: door() });
    await stack.up();
    const other = lab.host(3);
    await stack.declare({ ssh: door({ host: other.ipv4 }) });
    await stack.up();
    expect(await recorded()).toBe(keyOf(other.hostKey));
    await stack.destroy();
  });
});
