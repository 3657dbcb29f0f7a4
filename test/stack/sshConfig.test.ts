import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { DEPLOY, type Host } from "../lab/lab";
import { told } from "../situations";
import { useStack } from "./useStack";
import { sshDoor, traces } from "./world";

const TCP_STEPS = [
  { protocol: "tcp", port: 7201 },
  { protocol: "tcp", port: 7202 },
];

/** The home of the lab's controller is that of passwd, as ssh has it. */
describe("an alias of ~/.ssh/config", () => {
  const { lab, stack, host } = useStack({ hosts: 2 });
  let bastion: Host;
  let before: string;
  let config: string;
  let identity: string;

  beforeAll(async () => {
    bastion = lab.host(2);
    before = await traces(host);
    // Only the bastion gets an answer of the host.
    await host.run(["ip", "route", "add", "blackhole", "192.0.2.1/32"]);
    const ssh = join(lab.controller.home, ".ssh");
    await mkdir(ssh, { recursive: true, mode: 0o700 });
    [config, identity] = [join(ssh, "config"), join(ssh, "web key")];
    await writeFile(identity, lab.privateKey, { mode: 0o600 });
    const lines = [
      "Host web",
      `  HostName ${host.ipv4}`,
      `  User ${DEPLOY.user}`,
      "  IdentityFile ~/.ssh/absent",
      '  IdentityFile "~/.ssh/web key"',
      "  ProxyJump jump",
      "Host jump",
      `  HostName=${bastion.ipv4}`,
      '  IdentityFile "~/.ssh/web key"',
      "Host *",
      "  User root",
      "  StrictHostKeyChecking no",
      "  UserKnownHostsFile /dev/null",
    ];
    await writeFile(config, lines.map((line) => `${line}\r\n`).join(""), { mode: 0o600 });
  });

  const door = (more: object = {}) =>
    sshDoor(lab, host, { connection: { host: "web", sudo: true }, sequence: TCP_STEPS, ...more });

  test("ssh itself gets in by it", async () => {
    const { stdout, stderr, code } = await lab.controller.exec([
      "ssh",
      "-o",
      "BatchMode=yes",
      "web",
      "id",
      "-un",
    ]);
    expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: `${DEPLOY.user}\n` });
  });

  test("the preview shows what is taken, and touches nothing", async () => {
    await stack.declare({ ssh: door() });
    const shown = await stack.preview();
    expect(shown).toMatch(/fromSshConfig\s*: \{/);
    for (const one of [host.ipv4, DEPLOY.user, "~/.ssh/absent", "~/.ssh/web key", "jump", bastion.ipv4])
      expect(shown).toContain(one);
    expect(shown).not.toContain("PRIVATE KEY");
    expect(await traces(host)).toBe(before);
  });

  test("a door is made, changed and read by it; the address is what clients get", async () => {
    await stack.up();
    const [made] = await stack.doors();
    expect(made?.outputs).toMatchObject({
      verified: { closedBeforeKnock: true, openAfterKnock: true },
      hostKey: host.hostKey,
      proxyHostKey: bastion.hostKey,
      fromSshConfig: {
        hostName: host.ipv4,
        user: DEPLOY.user,
        proxy: { host: "jump", hostName: bastion.ipv4 },
      },
    });
    const { knockCommand, clientConfig } = await stack.outputs("ssh");
    expect(knockCommand).toContain(`portknock knock ${host.ipv4} `);
    expect(clientConfig.doors.map(({ host }) => host)).toEqual([host.ipv4]);
    const body = lab.privateKey.split("\n")[2] ?? "";
    expect(body.length).toBeGreaterThan(40);
    expect((await stack.files()).filter(([, text]) => text.includes(body))).toEqual([]);
    expect(JSON.stringify(await stack.export("--show-secrets"))).not.toContain("PRIVATE KEY");
    await stack.declare({ ssh: door({ sequence: TCP_STEPS.toReversed() }) });
    await stack.up();
    await stack.refresh("--expect-no-changes");
    expect(await stack.up("--expect-no-changes")).toContain("unchanged");
  });

  test("another HostName is the same door, whose host has to have the recorded key", async () => {
    const text = await readFile(config, "utf8");
    await writeFile(config, text.replace(`HostName ${host.ipv4}`, `HostName ${bastion.ipv4}`));
    const there = await traces(bastion);
    const { stdout, stderr, code } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(
      /the host presents the key SHA256:\S+ \(ssh-ed25519\), but the key recorded at create has/,
    );
    expect(await traces(bastion)).toBe(there);
    await writeFile(config, text.replace(`HostName ${host.ipv4}`, `HostName ${host.ipv6}`));
    await stack.up();
    expect((await stack.outputs("ssh")).knockCommand).toContain(`portknock knock ${host.ipv6} `);
    await writeFile(config, text);
    await stack.up();
  });

  test("without the file the state knows the way; without the key the error says so, and nothing is touched", async () => {
    await rename(config, `${config}.away`);
    await stack.up("--expect-no-changes");
    await stack.refresh("--expect-no-changes");
    await rename(identity, `${identity}.away`);
    const { stdout, stderr, code } = await stack.pulumi("refresh", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    const problems = ["~/.ssh/absent cannot be read (ENOENT)", "~/.ssh/web key cannot be read (ENOENT)"];
    // The bastion is met first.
    expect(stdout + stderr).toContain(
      told("identity files that are gone when they are needed", {
        host: bastion.ipv4,
        problems: problems[1] ?? "",
      }),
    );
    const shown = await stack.pulumi("preview");
    for (const [field, its] of [
      ["connection", problems],
      ["connection.proxy", problems.slice(1)],
    ] as const)
      expect(shown.stdout + shown.stderr).toContain(
        told("identity files of ~/.ssh/config that cannot be used", { field, problems: its.join("; ") }),
      );
    await rename(`${identity}.away`, identity);
    await chmod(identity, 0o600);
  });

  test("the door is removed by what the state has", async () => {
    await stack.destroy();
    await host.run(["ip", "route", "del", "blackhole", "192.0.2.1/32"]);
    expect(await traces(host)).toBe(before);
  });

  test("sshConfig: false takes nothing", async () => {
    await rename(`${config}.away`, config);
    const connection = { host: "web", privateKey: lab.privateKey, sshConfig: false, dialErrorLimit: 1 };
    await stack.declare({ ssh: door({ connection }) });
    expect(await stack.preview()).not.toContain("fromSshConfig");
    await rm(config);
  });
});
