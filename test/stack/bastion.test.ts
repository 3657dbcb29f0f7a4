import { beforeAll, describe, expect, test } from "vitest";
import type { Host } from "../lab/lab";
import { useStack } from "./useStack";
import { isOpen, sshDoor, traces } from "./world";

const TCP_STEPS = [
  { protocol: "tcp", port: 7201 },
  { protocol: "tcp", port: 7202 },
];

describe("through a bastion", () => {
  const { lab, stack, host } = useStack({ hosts: 2 });
  let bastion: Host;
  let before: string;

  beforeAll(async () => {
    bastion = lab.host(2);
    before = await traces(host);
    // Only the bastion is let in by the way there: a packet of the controller's would be seen to get an answer.
    await host.run(["ip", "route", "add", "blackhole", "192.0.2.1/32"]);
  });

  const proxied = (more: Readonly<Record<string, unknown>> = {}) => ({
    host: host.ipv4,
    privateKey: lab.privateKey,
    proxy: { host: bastion.ipv4, privateKey: lab.privateKey, hostKey: bastion.hostKey, ...more },
  });

  test("steps that are not TCP are refused before anything is touched", async () => {
    await stack.declare({ ssh: sshDoor(lab, host, { connection: proxied() }) });
    const { stdout, stderr, code } = await stack.pulumi("preview");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/sequence\[1\]: must be a TCP step/);
    expect(stdout + stderr).toMatch(/sequence\[2\]: must be a TCP step/);
    expect(await traces(host)).toBe(before);
  });

  test("a door is made, changed, read and removed, each time in by the bastion's knocks", async () => {
    await stack.declare({ ssh: sshDoor(lab, host, { connection: proxied(), sequence: TCP_STEPS }) });
    await stack.up();
    const [door] = await stack.doors();
    expect(door?.outputs).toMatchObject({ verified: { closedBeforeKnock: true, openAfterKnock: true } });
    await expect.poll(() => isOpenFrom(bastion, host.ipv4), { timeout: 10_000 }).toBe(false);

    await stack.declare({
      ssh: sshDoor(lab, host, { connection: proxied(), sequence: TCP_STEPS.toReversed() }),
    });
    await stack.up();
    await stack.refresh("--expect-no-changes");
    await stack.destroy();
    expect(await isOpenFrom(bastion, host.ipv4)).toBe(true);
    await host.run(["ip", "route", "del", "blackhole", "192.0.2.1/32"]);
    expect(await isOpen(lab, host.ipv4)).toBe(true);
    expect(await traces(host)).toBe(before);
  });

  test("a bastion with another key than the pinned one is refused", async () => {
    await stack.declare({
      ssh: sshDoor(lab, host, { connection: proxied({ hostKey: host.hostKey }), sequence: TCP_STEPS }),
    });
    const { stdout, stderr, code } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/the host presents the key SHA256:\S+ \(ssh-ed25519\), but/);
    expect(await traces(host)).toBe(before);
  });
});

describe("through a bastion with a door of its own", () => {
  const { lab, stack, host } = useStack({ hosts: 2 });
  const bastionSteps = [{ protocol: "tcp", port: 7301 }, ...TCP_STEPS];
  let bastion: Host;

  beforeAll(() => {
    bastion = lab.host(2);
  });

  const doors = (steps: object[], proxyKnock?: object[]) => ({
    bastion: sshDoor(lab, bastion, { sequence: steps }),
    inner: sshDoor(lab, host, {
      connection: {
        ...{ host: host.ipv4, privateKey: lab.privateKey },
        proxy: { host: bastion.ipv4, privateKey: lab.privateKey, knock: proxyKnock },
      },
      sequence: TCP_STEPS,
    }),
  });

  /** A process that hears of the inner door alone, once no grant of an earlier one lets it in. */
  async function onInner(command: string, ...flags: string[]): Promise<string> {
    await expect.poll(() => isOpen(lab, bastion.ipv4), { timeout: 30_000 }).toBe(false);
    const { deployment } = await stack.export();
    const urn = deployment.resources?.find(({ urn }) => urn.endsWith("::inner"))?.urn ?? "";
    return await stack.must(command, "--yes", "--skip-preview", "--target", urn, ...flags);
  }

  test("its knock is remembered for a refresh and a destroy of the door behind it", async () => {
    await stack.declare(doors(bastionSteps));
    await stack.up();
    await onInner("refresh", "--expect-no-changes");
    await onInner("destroy");
    expect(await isOpenFrom(bastion, host.ipv4)).toBe(true);
  });

  test("status knows the bastion's door from the stack", async () => {
    await stack.up();
    await expect.poll(() => isOpen(lab, bastion.ipv4), { timeout: 30_000 }).toBe(false);
    const { stdout, stderr, code } = await stack.exec(["portknock", "status", "--stack", "test", host.ipv4]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("inner");
  });

  test("connection.proxy.knock follows the bastion's sequence, which the memory does not", async () => {
    await stack.declare(doors(bastionSteps, bastionSteps));
    await stack.up();
    const rotated = [...bastionSteps].reverse();
    await stack.declare(doors(rotated, rotated));
    await stack.up();
    await stack.up("--expect-no-changes");
    await onInner("destroy");
    await stack.destroy();
  });
});

async function isOpenFrom(node: Host, address: string): Promise<boolean> {
  return (await node.exec(["nc", "-z", "-w", "1", address, "22"])).code === 0;
}
