import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { told } from "../situations";
import { makeStack } from "./stack";
import { useStack } from "./useStack";
import { connection, isOpen, SEQUENCE, sshDoor } from "./world";

describe("what Pulumi tells people", () => {
  const { lab, stack, host } = useStack({ hosts: 2 });

  async function failing(...args: string[]): Promise<string> {
    const { stdout, stderr, code } = await stack.pulumi(...args, "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    return stdout + stderr;
  }

  const connectedOnce = (more: Readonly<Record<string, unknown>> = {}) =>
    connection(lab, host, { dialErrorLimit: 1, perDialTimeout: 3, ...more });

  test("a sequence as text is a secret, and steps in its place are no change", async () => {
    const text = "tcp/7001,udp/8001,icmp/121";
    const previous = { sequence: "tcp/7005,udp/8005", acceptUntil: "2037-12-01T00:00:00Z" };
    const asText = { sequence: text, previous, connection: connectedOnce({ knock: "tcp/7009" }) };
    await stack.declare({ ssh: sshDoor(lab, host, asText) });
    const shown = await stack.preview();
    expect(shown).toMatch(/sequence +: \[secret\]/);
    const printed = await stack.up();
    for (const output of [shown, printed]) expect(output).not.toMatch(/700[159]|800[15]/);
    for (const [path, content] of await stack.files()) expect(content, path).not.toMatch(/700[159]|800[15]/);
    await stack.knock("ssh");
    expect((await stack.outputs("ssh")).clientConfig.doors).toMatchObject([{ sequence: text }]);
    const asSteps = {
      sequence: SEQUENCE,
      previous: {
        ...previous,
        sequence: [
          { protocol: "tcp", port: 7005 },
          { protocol: "udp", port: 8005 },
        ],
      },
      connection: connectedOnce({ knock: [{ protocol: "tcp", port: 7009 }] }),
    };
    await stack.declare({ ssh: sshDoor(lab, host, asSteps) });
    await stack.up("--expect-no-changes");
  });

  test("wrong fields are all told in the preview, and nothing is touched", async () => {
    const before = await host.firewall();
    const wrong = { ...connectedOnce(), host: "root@192.0.2.11:22" };
    await stack.declare({
      ssh: { connection: wrong, sequence: "tcp/7001,7002", door: [22], openForSecond: 5, ignore: ["udp/53"] },
    });
    const { stdout, stderr, code } = await stack.pulumi("preview");
    expect(code).not.toBe(0);
    const said = stdout + stderr;
    const mistakes = "the user belongs in `user`, the port belongs in `port`";
    for (const one of [
      told("a host in a field", { path: "connection.host", mistakes }),
      told("a sequence as a wrong text", { path: "sequence", step: 2 }),
      told("a service of another kind", { path: "door[0]" }),
      told("an ignored service of another kind", { path: "ignore[0]" }),
      "openForSecond: is an unknown field; did you mean openForSeconds?",
    ])
      expect(said).toContain(one);
    expect(said).not.toMatch(/7001|7002/);
    expect(await host.firewall()).toEqual(before);
  });

  test("a key that known_hosts has otherwise: its file, its line, and the command that takes it out", async () => {
    const ssh = join(lab.controller.home, ".ssh");
    await mkdir(ssh, { recursive: true });
    const file = join(ssh, "known_hosts");
    await writeFile(file, `# a comment\n${host.ipv4} ${lab.host(2).hostKey}\n`);
    await stack.declare({ ssh: sshDoor(lab, host, { connection: connectedOnce(), openForSeconds: 9 }) });
    const said = await failing("up");
    const fingerprint = async (key: string) =>
      (await lab.controller.run(["ssh-keygen", "-lf", "-"], { input: key })).split(" ")[1] ?? "";
    const key = await fingerprint(host.hostKey);
    const known = await fingerprint(lab.host(2).hostKey);
    const place = /but (\S+):2 has/.exec(said)?.[1] ?? "";
    expect(place).toMatch(/\/\.ssh\/known_hosts$/);
    const values = { host: host.ipv4, key, known, file: place, line: 2 };
    expect(said).toContain(told("a host key that known_hosts has otherwise", values));
    await rm(ssh, { recursive: true });
  });

  test("a port at which nothing listens", async () => {
    const third = await makeStack(lab);
    const wrong = connection(lab, lab.host(2), { port: 2223, dialErrorLimit: 1 });
    await third.declare({ ssh: sshDoor(lab, lab.host(2), { connection: wrong }) });
    const { stdout, stderr, code } = await third.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    const knocked = "nothing, since no door on its SSH port is known";
    const values = { host: lab.host(2).ipv4, port: 2223, tries: "1 try", knocked };
    expect(stdout + stderr).toContain(told("nothing listens", values));
  });

  test.each(["refresh", "destroy"])("an error of %s is told once, and without a stack", async (command) => {
    await host.linkDown();
    const { stdout, stderr, code } = await stack.pulumi(command, "--yes", "--skip-preview", "--json");
    await host.linkUp();
    expect(code).not.toBe(0);
    const said = stdout + stderr;
    expect(said).toContain("no SSH connection to port 22 in 1 try");
    expect(said).not.toMatch(/\n? {4}at /);
    expect(said).not.toContain("PortKnockError");
    const diagnostics = await failingDiagnostics(command);
    expect(diagnostics.match(/no SSH connection to port 22/g)).toHaveLength(1);
    expect(diagnostics).toContain(`${host.ipv4}, connecting: see the error of the resource`);
    expect(diagnostics).not.toMatch(/^ +at /m);
  });

  /** What Pulumi prints at the end, all of it by resource. */
  async function failingDiagnostics(command: string): Promise<string> {
    await host.linkDown();
    const said = await failing(command);
    await host.linkUp();
    return said.slice(said.indexOf("Diagnostics:"));
  }

  test("a knock command of tokens or of a calendar opens the door, or says that it did not", async () => {
    const other = lab.host(2);
    const derivation = {
      ...{ version: 1, subkey: "ab".repeat(32), rotateEvery: "1h", steps: 3, protocols: ["tcp", "udp"] },
      ...{ ports: ["20000-60999"], exclude: [], keepers: {} },
    };
    const { sequence: _, ...door } = sshDoor(lab, other, {
      connection: connection(lab, other),
      openForSeconds: 5,
    });
    const on = (ports: number[]) => ({ ...door, door: [{ protocol: "tcp", ports }] });
    const second = await makeStack(lab);
    await second.declare({ web: { ...on([8080]), oneTime: { tokens: 3 } } });
    await second.up();
    const { knockCommand } = await second.outputs("web");
    expect(knockCommand).toBe(
      `npx --no portknock knock ${other.ipv4} --stack organization/program/test --port 8080`,
    );
    expect(await isOpen(lab, other.ipv4, 8080)).toBe(false);
    await second.knock("web");
    expect(await isOpen(lab, other.ipv4, 8080)).toBe(true);
    await second.declare({ web: { ...on([8080]), calendar: { derivation } } });
    await second.up();
    await other.run(["sh", "-c", "for list in /proc/net/xt_recent/*-open; do echo / >$list; done"]);
    expect(await isOpen(lab, other.ipv4, 8080)).toBe(false);
    await second.knock("web");
    expect(await isOpen(lab, other.ipv4, 8080)).toBe(true);
    await other.run([
      "sh",
      "-c",
      "for list in /proc/net/xt_recent/*-open; do echo / >$list; done; iptables -I INPUT -p udp -j DROP",
    ]);
    const shut = await second.exec([
      ...["sh", "-c", `${(await second.outputs("web")).knockCommand} --timeout 3`],
    ]);
    expect(shut.code).toBe(1);
    expect(shut.stderr).toContain("tcp/8080 stayed shut for 3 s");
  });
});
