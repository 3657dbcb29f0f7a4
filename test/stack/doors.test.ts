import { beforeAll, describe, expect, test } from "vitest";
import { makeStack } from "./stack";
import { useStack } from "./useStack";
import { isOpen, SEQUENCE, sshDoor, traces, webDoor } from "./world";

describe("several doors on one host", () => {
  const { lab, stack, host } = useStack();
  let before: string;

  beforeAll(async () => {
    before = await traces(host);
  });

  /** SEQUENCE with another second step. */
  const rotated = [SEQUENCE[0], { protocol: "udp", port: 8002 }, SEQUENCE[2]];

  const areOpen = () => Promise.all([isOpen(lab, host.ipv4), isOpen(lab, host.ipv4, 8080)]);

  test.each([
    ["ssh", "web"],
    ["web", "ssh"],
  ])("%s and %s are made by one up, changed, read and destroyed", async (...order) => {
    const declare = (webSeconds: number) => {
      const doors = { ssh: sshDoor(lab, host), web: webDoor(lab, host, { openForSeconds: webSeconds }) };
      return stack.declare(
        Object.fromEntries(order.map((name) => [name, doors[name as keyof typeof doors]])),
      );
    };
    await declare(3);
    await stack.up();
    await expect.poll(areOpen, { timeout: 10_000 }).toEqual([false, false]);
    await stack.knock("web");
    expect(await areOpen()).toEqual([false, true]);
    await stack.knock("ssh");
    expect(await isOpen(lab, host.ipv4)).toBe(true);
    await declare(4);
    expect(await stack.up()).toMatch(/~ 1 updated\s+2 unchanged/);
    await stack.refresh("--expect-no-changes");
    await stack.destroy();
    await expect.poll(() => traces(host), { timeout: 10_000 }).toBe(before);
  });

  test("a new step of one door leaves the other's grants, and lets the provider in before and after", async () => {
    const web = webDoor(lab, host, { openForSeconds: 600 });
    await stack.declare({ ssh: sshDoor(lab, host), web });
    await stack.up();
    const old = await stack.outputs("ssh");
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 10_000 }).toBe(false);
    await stack.knock("web");
    await stack.declare({ ssh: sshDoor(lab, host, { sequence: rotated }), web });
    const shown = await stack.preview();
    expect(shown).toMatch(/~ pulumi-nodejs:dynamic\/portknock:PortKnock: \(update\)\n.*\n.*::ssh\]/);
    expect(shown).toMatch(/~ sequenceRevision *: 1 => 2/);
    expect(shown).not.toMatch(/700\d|800\d/);
    await stack.up();
    expect(await isOpen(lab, host.ipv4, 8080)).toBe(true);
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 10_000 }).toBe(false);
    await stack.exec(["sh", "-c", old.knockCommand]);
    expect(await isOpen(lab, host.ipv4)).toBe(false);
    await stack.knock("ssh");
    expect(await isOpen(lab, host.ipv4)).toBe(true);
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 10_000 }).toBe(false);
    await stack.refresh("--expect-no-changes");
  });

  test("a door is changed by the up that removes the one on SSH: that one's knock is remembered", async () => {
    const web = (openForSeconds: number) => webDoor(lab, host, { openForSeconds });
    await stack.declare({ ssh: sshDoor(lab, host, { sequence: rotated }), web: web(601) });
    await stack.up();
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 10_000 }).toBe(false);
    await stack.declare({ web: web(600) });
    expect(await stack.up()).toMatch(/~ 1 updated\s+- 1 deleted/);
    expect(await isOpen(lab, host.ipv4)).toBe(true);
    await stack.declare({ ssh: sshDoor(lab, host, { sequence: rotated }), web: web(600) });
    await stack.up();
  });

  test("a second door for a port is refused and names the first; the host is not changed", async () => {
    const held = await host.firewall();
    const ssh = sshDoor(lab, host, { sequence: rotated });
    const web = webDoor(lab, host, { openForSeconds: 600 });
    const door = [{ protocol: "tcp", ports: [9000, "8079-8081"] }];
    await stack.declare({ ssh, web, third: webDoor(lab, host, { door }) });
    const { stdout, stderr, code } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/tcp\/8080 of [0-9.]+ belongs to the door \S+ of this program as well/);
    expect(await host.firewall()).toEqual(held);
    expect(await host.exec(["ls", "/run/portknock"])).toMatchObject({ stdout: "" });
    expect((await stack.doors()).map(({ urn }) => urn.split("::").at(-1)).sort()).toEqual(["ssh", "web"]);
  });

  test("a stack whose host is guarded by another's door gets in with connection.knock", async () => {
    const other = await makeStack(lab);
    const { sequence, ...door } = webDoor(lab, host, { door: [{ protocol: "tcp", ports: [9000] }] });
    const connect = { host: host.ipv4, privateKey: lab.privateKey, dialErrorLimit: 1 };
    const third = { ...door, sequence, connection: connect };
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 10_000 }).toBe(false);
    await other.declare({ third });
    const { stdout, stderr } = await other.pulumi("up", "--yes", "--skip-preview");
    expect(stdout + stderr).toMatch(/no SSH connection to port 22 .*connection\.knock/s);
    await other.declare({ third: { ...third, connection: { ...connect, knock: rotated } } });
    await other.up();
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 10_000 }).toBe(false);
    await other.destroy();
  });
});
