import { beforeAll, describe, expect, test } from "vitest";
import { changesOf } from "./events";
import { useStack } from "./useStack";
import { isOpen, traces } from "./world";

const NUMBERS = [1, 2, 3, 4];

/** The lab's own network: with it denied, no connection from the controller gets in, whatever is knocked. */
const LOCKING_OUT = { denyFrom: ["192.0.2.0/24", "198.51.100.0/24"] };

describe("a fleet with a canary", () => {
  const { lab, stack } = useStack({ hosts: NUMBERS.length + 1, program: "component" });
  let before: string[];
  let held: Awaited<ReturnType<typeof firewalls>>;

  beforeAll(async () => {
    before = await allTraces();
    await declare({});
  });

  const allTraces = () => Promise.all(lab.hosts.map(traces));
  const firewalls = () => Promise.all(NUMBERS.map((number) => lab.host(number).firewall()));

  async function declare(
    more: Readonly<Record<string, unknown>>,
    names: readonly number[] = NUMBERS,
    canary: unknown = 1,
  ): Promise<void> {
    const hosts = names.map((number) => [`web${number}`, { connection: { host: lab.host(number).ipv4 } }]);
    const edge = {
      hosts: Object.fromEntries(hosts),
      connection: { privateKey: lab.privateKey, dialErrorLimit: 2 },
      door: [{ protocol: "tcp", ports: [22] }],
      openForSeconds: 3,
      rollbackAfterSeconds: 15,
      sequence: { keepers: { reason: "first" } },
      canary,
      ...more,
    };
    await stack.declare({ edge, alone: {}, addresses: {} });
  }

  /** The state of all doors and sequences, without what tells when it was written. */
  async function state(): Promise<unknown[]> {
    const { deployment } = await stack.export("--show-secrets");
    const made = (deployment.resources ?? []).filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic/"));
    return made.map(({ urn, inputs, outputs }) => ({ urn, inputs, outputs }));
  }

  /** What was begun and ended before the others: all of the canary's own. */
  const CANARY = ["KnockSequence edge-web1", "PortKnock edge-web1"];

  test("the others are made once it is confirmed", async () => {
    const { code, changes } = await changesOf(stack);
    held = await firewalls();
    expect(code).toBe(0);
    const doors = changes.filter((change) => / edge-/.test(change));
    expect(doors.slice(0, 2)).toEqual(CANARY.map((name) => `create ${name}`));
    expect(doors).toHaveLength(2 * NUMBERS.length);
  });

  test.each([
    { flags: [], by: "alone" },
    { flags: ["--continue-on-error"], by: "with --continue-on-error" },
  ])("a policy that locks out changes one host, which goes back: up $by", async ({ flags }) => {
    const known = await state();
    await declare(LOCKING_OUT);
    const { code, changes, failed, errors } = await changesOf(stack, ...flags);
    expect(code).not.toBe(0);
    expect(failed).toEqual(["update PortKnock edge-web1"]);
    expect(errors["PortKnock edge-web1"]).toMatch(
      new RegExp(`${lab.host().ipv4}, confirming: .*Host's firewall: rolled back`, "s"),
    );
    expect(changes).toEqual([]);
    expect(await firewalls()).toEqual(held);
    expect(await state()).toEqual(known);
    await expect.poll(() => isOpen(lab, lab.host().ipv4), { timeout: 15_000 }).toBe(false);
  });

  test("so does one that rotates at once: no other host has a new sequence", async () => {
    const known = await state();
    await declare({ ...LOCKING_OUT, sequence: { keepers: { reason: "leak" } } });
    const { changes, failed } = await changesOf(stack);
    expect([changes, failed]).toEqual([["update KnockSequence edge-web1"], ["update PortKnock edge-web1"]]);
    expect(await firewalls()).toEqual(held);
    expect((await state()).slice(-2)).toEqual(known.slice(-2));
  });

  test("the right policy goes to the canary first, and then to all", async () => {
    await declare({ openForSeconds: 4, sequence: { keepers: { reason: "leak" } } });
    const { code, changes } = await changesOf(stack);
    expect(code).toBe(0);
    expect(changes[0]).toBe("update PortKnock edge-web1");
    expect(changes).toHaveLength(2 * NUMBERS.length - 1);
    held = await firewalls();
  });

  test("other canaries, and other hosts, change nothing of those that stay", async () => {
    const policy = { openForSeconds: 4, sequence: { keepers: { reason: "leak" } } };
    for (const canary of [3, ["web4"], 0]) {
      await declare(policy, NUMBERS, canary);
      expect(await changesOf(stack)).toMatchObject({ code: 0, changes: [] });
    }
    await declare(policy, NUMBERS, 1);
    await changesOf(stack);
    await declare(policy, [2, 3, 4, 5]);
    const { code, changes } = await changesOf(stack);
    expect(code).toBe(0);
    expect([...changes].sort()).toEqual([
      "create KnockSequence edge-web5",
      "create PortKnock edge-web5",
      "delete KnockSequence edge-web1",
      "delete PortKnock edge-web1",
    ]);
    expect((await firewalls()).slice(1)).toEqual(held.slice(1));
  });

  test("at the end every host is as it was", async () => {
    await stack.destroy();
    await expect.poll(allTraces, { timeout: 10_000 }).toEqual(before);
  });
});
