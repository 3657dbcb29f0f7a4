import { beforeAll, describe, expect, test } from "vitest";
import type { Host } from "../lab/lab";
import { changesOf } from "./events";
import { useStack } from "./useStack";
import { isOpen, SEQUENCE, sshDoor, traces } from "./world";

const HOSTS = 5;

/** The name of a host in the fleet is not what the lab calls it. */
const named = (number: number) => `web${number}`;

describe("a PortKnockFleet", () => {
  const { lab, stack } = useStack({ hosts: HOSTS + 1, program: "component" });
  let before: string[];

  beforeAll(async () => {
    before = await allTraces();
  });

  const allTraces = () => Promise.all(lab.hosts.map(traces));
  const firewalls = (numbers: readonly number[]) =>
    Promise.all(numbers.map((number) => lab.host(number).firewall()));
  const hasDoor = async (host: Host) => /PORTKNOCK/.test((await host.firewall()).ipv4);
  const changed = (what: string, numbers: readonly number[]) =>
    numbers.flatMap((number) =>
      ["KnockSequence", "PortKnock"].map((type) => `${what} ${type} edge-${named(number)}`),
    );

  /** The fleet of these hosts; the first is made in the same `up`. */
  async function declare(
    numbers: readonly number[],
    more: Readonly<Record<string, unknown>> = {},
    alone: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    const hosts = numbers.map((number) => [
      named(number),
      {
        connection: { host: lab.host(number).ipv4 },
        ...(number === 2 && { openForSeconds: 4 }),
        ...(number === 6 && { sequence: SEQUENCE }),
      },
    ]);
    const edge = {
      hosts: Object.fromEntries(hosts),
      connection: { privateKey: lab.privateKey, dialErrorLimit: 2 },
      door: [{ protocol: "tcp", ports: [22] }],
      openForSeconds: 3,
      ...more,
    };
    await stack.declare({ edge, alone, addresses: { [named(1)]: lab.host(1).ipv4 } });
  }

  test("whatever is wrong is told at once, and nothing is declared", async () => {
    await declare([2, 3], {
      stepTimeoutSeconds: 0,
      canary: ["web9"],
      door: [{ protocol: "tcp", ports: [61_873.5] }],
    });
    const { stdout, stderr, code } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    for (const path of ["stepTimeoutSeconds", "canary[0]", "door[0].ports[0]"])
      expect((stdout + stderr).split(`  ${path}: must be `)).toHaveLength(2);
    expect(stdout + stderr).not.toMatch(/61873|\bat .*portKnockFleet/);
    const { deployment } = await stack.export();
    expect(deployment.resources?.map(({ type }) => type)).toEqual(["pulumi:pulumi:Stack"]);
  });

  test("a preview has hosts whose address is not known yet, and touches none", async () => {
    await declare([1, 2, 3, 4, 5]);
    const shown = await stack.preview();
    expect(shown).toMatch(/\+ portknock:index:PortKnockFleet: \(create\)/);
    expect(shown.match(/^ +rules +: \[unknown\]/gm)).toHaveLength(1);
    expect(shown.match(/--dport <knock 1>/g)?.length).toBeGreaterThanOrEqual(4);
    expect(await allTraces()).toEqual(before);
  });

  test("a host that fails is named, and leaves the others done", async () => {
    await lab.host(3).linkDown();
    const { code, changes, failed, errors } = await changesOf(stack, "--continue-on-error");
    await lab.host(3).linkUp();
    expect(code).not.toBe(0);
    expect(failed).toEqual(["create PortKnock edge-web3"]);
    expect(errors["PortKnock edge-web3"]).toContain(
      `${lab.host(3).ipv4}, connecting: no SSH connection to port 22`,
    );
    expect(changes).toEqual(expect.arrayContaining(changed("create", [1, 2, 4, 5])));
    expect(await Promise.all(lab.hosts.map(hasDoor))).toEqual([true, true, false, true, true, false]);
  });

  test("and out of the configuration of the clients, where the others are", async () => {
    expect((await clientConfig()).doors.map(({ name }) => name)).toEqual(["web1", "web2", "web4", "web5"]);
  });

  test("the next up works on the rest", async () => {
    const held = await firewalls([1, 2, 4, 5]);
    expect(await changesOf(stack)).toMatchObject({ code: 0, changes: ["create PortKnock edge-web3"] });
    expect(await firewalls([1, 2, 4, 5])).toEqual(held);
    await stack.refresh("--expect-no-changes");
  });

  async function clientConfig(): Promise<{ doors: { name: string; host: string }[] }> {
    const text = await stack.must("stack", "output", "clientConfig", "--json", "--show-secrets");
    return JSON.parse(text.slice(text.indexOf("{")));
  }

  test("one configuration gets a client into every host, by its name", async () => {
    const script = `mkdir -p ~/.config/portknock && install -m 600 /dev/null ~/.config/portknock/config.json
      pulumi stack output --show-secrets clientConfig > ~/.config/portknock/config.json`;
    expect(await stack.exec(["sh", "-ec", script])).toMatchObject({ code: 0 });
    for (const number of [1, 2, 3, 4, 5]) {
      const { ipv4 } = lab.host(number);
      await expect.poll(() => isOpen(lab, ipv4), { timeout: 15_000 }).toBe(false);
      const login = [
        "-i",
        lab.privateKeyFile,
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "UserKnownHostsFile=/dev/null",
      ];
      const { stdout, stderr } = await stack.exec([
        "portknock",
        "ssh",
        `root@${named(number)}`,
        "--",
        ...login,
        "hostname",
      ]);
      expect(stdout, stderr).toBe(`h${number}\n`);
    }
  });

  test("a host that is added, and one that is removed, touch no other", async () => {
    const held = await firewalls([1, 2, 3, 5]);
    await declare([1, 2, 3, 5, 6]);
    const { code, changes } = await changesOf(stack);
    expect(code).toBe(0);
    expect([...changes].sort()).toEqual(["create PortKnock edge-web6", ...changed("delete", [4])].sort());
    expect(await firewalls([1, 2, 3, 5])).toEqual(held);
    await expect.poll(() => traces(lab.host(4)), { timeout: 10_000 }).toBe(before[3]);
  });

  test("what a host has of its own changes it alone", async () => {
    const door = (await stack.doors()).find(({ urn }) => urn.endsWith("::edge-web2"));
    expect(door?.inputs).toMatchObject({ openForSeconds: 4 });
    await declare([1, 2, 3, 5, 6], { openForSeconds: 5 });
    const { changes } = await changesOf(stack);
    expect([...changes].sort()).toEqual([1, 3, 5, 6].map((number) => `update PortKnock edge-web${number}`));
  });

  test("derived sequences differ from host to host, and a client computes them", async () => {
    const secret = ["pulumi", "config", "set", "--secret", "master"];
    expect(await stack.exec(secret, { input: "5f".repeat(32) })).toMatchObject({ code: 0 });
    await declare([1, 2, 3], { sequence: { rotateEvery: "30d", overlap: "0s" } });
    await stack.up();
    expect(
      new Set((await clientConfig()).doors.map((door) => JSON.stringify({ ...door, name: "", host: "" })))
        .size,
    ).toBe(3);
    const text = await stack.must("stack", "output", "derivations", "--json", "--show-secrets");
    for (const number of [1, 2, 3]) {
      const { [named(number)]: derivation } = JSON.parse(text.slice(text.indexOf("{")));
      const file = `${lab.controller.home}/${named(number)}.json`;
      await lab.controller.run(["sh", "-ec", `umask 077; cat > ${file}`], {
        input: JSON.stringify(derivation),
      });
      const { ipv4 } = lab.host(number);
      await expect.poll(() => isOpen(lab, ipv4), { timeout: 15_000 }).toBe(false);
      const knock = ["portknock", "knock", ipv4, "--derivation", file, "--port", "22"];
      expect(await stack.exec(knock)).toMatchObject({ code: 0 });
    }
  });

  test("a door that stood alone moves into the fleet in place, where an alias says so", async () => {
    const { connection, ...door } = sshDoor(lab, lab.host(6));
    const derived = { sequence: { rotateEvery: "30d", overlap: "0s" } };
    await declare([1, 2, 3], derived, { [named(6)]: { ...door, connection } });
    await stack.up();
    const standing = (await stack.doors()).find(({ urn }) => urn.endsWith("::web6"));
    const held = await lab.host(6).firewall();
    await declare([1, 2, 3, 6], derived);
    expect(await changesOf(stack)).toMatchObject({ code: 0, changes: ["update PortKnock edge-web6"] });
    const moved = (await stack.doors()).find(({ urn }) => urn.endsWith("::edge-web6"));
    expect(moved?.id).toBe(standing?.id);
    const owner = /portknock organization\/\S+/g;
    const unowned = ({ ipv4, ipv6 }: typeof held) => (ipv4 + ipv6).replace(owner, "");
    expect(unowned(await lab.host(6).firewall())).toBe(unowned(held));
  });

  test("at the end every host is as it was", async () => {
    await stack.destroy();
    await expect.poll(allTraces, { timeout: 10_000 }).toEqual(before);
  });
});
