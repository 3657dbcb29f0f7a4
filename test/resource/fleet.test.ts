import { type Output, output, secret } from "@pulumi/pulumi";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Derivation } from "../../provider/derive/derivation";
import type { PortKnockFleetArgs } from "../../provider/resource/args/fleetArgs";
import { canariesOf } from "../../provider/resource/fleet/canary";
import { fleetFailures } from "../../provider/resource/fleet/check";
import { doorArgs, sequenceArgs } from "../../provider/resource/fleet/merge";
import { seed } from "../policy/seed";
import { PRIVATE_KEY } from "./inputs";

beforeEach(() => {
  vi.stubEnv("SSH_AUTH_SOCK", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const STEPS = [
  { protocol: "tcp", port: 17001 },
  { protocol: "udp", port: 18001 },
] as const;

const fleet = {
  hosts: {
    web1: { connection: { host: "192.0.2.11" } },
    web2: { connection: { host: "192.0.2.12", user: "ops" }, sequence: [...STEPS], openForSeconds: 9 },
  },
  connection: { privateKey: PRIVATE_KEY, user: "root" },
  door: [{ protocol: "tcp", ports: [22] }],
  openForSeconds: 3,
} satisfies PortKnockFleetArgs;

const DERIVED = { master: "0123456789abcdef0123456789abcdef", rotateEvery: "1h" };

const DERIVATION: Derivation = {
  ...{ version: 1, subkey: "5e".repeat(32), rotateEvery: "1h", keepers: {} },
  ...{ steps: 4, protocols: ["tcp"], ports: ["20000-60999"], exclude: [] },
};

/** Each entry: the arguments, not typed since they are wrong, and the paths of what is wrong with them. */
const WRONG: readonly [string, object, readonly string[]][] = [
  ["nothing", fleet, []],
  ["no host yet", { ...fleet, hosts: {} }, []],
  ["hosts that come later", { ...fleet, hosts: output(fleet.hosts) }, ["hosts"]],
  ["a fleet's field", { ...fleet, canaries: 1 }, ["canaries"]],
  ["what hosts share, once", { ...fleet, openForSeconds: 0, door: [] }, ["door", "openForSeconds"]],
  [
    "the shared connection",
    { ...fleet, connection: { privateKey: PRIVATE_KEY, port: 0, prt: 1 } },
    ["connection", "connection.port"],
  ],
  [
    "a host's name",
    { ...fleet, hosts: { "web 1": fleet.hosts.web1, 12: fleet.hosts.web2 } },
    ["hosts.12", "hosts.web 1"],
  ],
  [
    "a host",
    { ...fleet, hosts: { web1: output(fleet.hosts.web1), web2: "192.0.2.12" } },
    ["hosts.web1", "hosts.web2"],
  ],
  ["a host's field", host({ singelUse: true }), ["hosts.web3.singelUse"]],
  ["a host's policy", host({ openForSeconds: "9" }), ["hosts.web3.openForSeconds"]],
  ["a host without an address", { ...fleet, hosts: { web3: {} } }, ["hosts.web3.connection.host"]],
  [
    "a host's connection",
    host({ connection: { host: "192.0.2.13", port: "22" } }),
    ["hosts.web3.connection.port"],
  ],
  ["credentials", { ...fleet, connection: {} }, ["hosts.web1.connection", "hosts.web2.connection"]],
  [
    "a host's knocks",
    host({ sequence: [{ protocol: "tcp", port: 70_000 }] }),
    ["hosts.web3.sequence[0].port"],
  ],
  [
    "a host's knocks at the shared door",
    host({ sequence: [{ protocol: "tcp", port: 22 }] }),
    ["hosts.web3.sequence[0]"],
  ],
  ["knocks as text", host({ sequence: "tcp/7000" }), []],
  ["knocks as a wrong text", host({ sequence: "tcp/7000,7001" }), ["hosts.web3.sequence"]],
  ["knocks of no list", host({ sequence: 7000 }), ["hosts.web3.sequence"]],
  ["a calendar that nothing is derived for", { ...fleet, calendar: {} }, ["sequence.master"]],
  ["a calendar", { ...fleet, calendar: { days: 0 }, sequence: DERIVED }, ["calendar.days"]],
  ["a right calendar", { ...fleet, calendar: {}, sequence: DERIVED }, []],
  ["knocks for all", { ...fleet, sequence: STEPS }, ["sequence"]],
  [
    "a previous sequence beside one that is made",
    host({ previous: { sequence: STEPS, acceptUntil: "2026-12-01T00:00:00Z" } }),
    ["hosts.web3.previous"],
  ],
  [
    "how sequences are made",
    { ...fleet, sequence: { steps: 0, rotateEvery: "1y" } },
    ["sequence.rotateEvery", "sequence.steps"],
  ],
  ["a master without an epoch", { ...fleet, sequence: { master: "x".repeat(40) } }, ["sequence.rotateEvery"]],
  ["a derived sequence", { ...fleet, sequence: { master: secret("x".repeat(40)), rotateEvery: "30d" } }, []],
  ["how a host's is made", host({ sequence: { steps: 2 } }), ["hosts.web3.sequence.steps"]],
  ["a canary of no host", { ...fleet, canary: ["web1", "web9"] }, ["canary[1]"]],
  ["half a canary", { ...fleet, canary: 0.5 }, ["canary"]],
  ["outputs, which are checked when they are known", later(), []],
];

/** The fleet with one more host. */
function host(args: object): object {
  return { ...fleet, hosts: { ...fleet.hosts, web3: { connection: { host: "192.0.2.13" }, ...args } } };
}

function later(): object {
  const web1 = {
    connection: { host: output("-x") },
    openForSeconds: output(-1),
    sequence: output("tcp/7000"),
  };
  const web2 = { connection: output(5), sequence: [{ protocol: "tcp", port: output(0) }] };
  return { ...fleet, hosts: { web1, web2 }, connection: output("none"), door: Promise.resolve([]) };
}

describe("what is wrong with a fleet is told under its path, without its value", () => {
  test.each(WRONG)("%s", (_name, args, paths) => {
    const failures = fleetFailures(args as PortKnockFleetArgs);
    expect(failures.map(({ property }) => property).sort()).toEqual(paths);
    expect(JSON.stringify(failures)).not.toMatch(/70000|192\.0\.2|xxx/);
  });
});

/** What an output of a test's turns out to be. */
const known = (value: unknown) => new Promise((resolve) => (output(value) as Output<unknown>).apply(resolve));

describe("what a host does not say is the fleet's", () => {
  test.each([
    [
      "nothing of its own",
      {},
      { connection: { host: "192.0.2.13", user: "root", privateKey: PRIVATE_KEY }, openForSeconds: 3 },
    ],
    ["a time", { openForSeconds: 9 }, { openForSeconds: 9 }],
    ["a time that comes later", { openForSeconds: output(9) }, { openForSeconds: 9 }],
    ["a time that turns out to be none", { openForSeconds: output(undefined) }, { openForSeconds: 3 }],
    [
      "a user",
      { connection: { host: "192.0.2.13", user: "ops" } },
      { connection: { host: "192.0.2.13", user: "ops", privateKey: PRIVATE_KEY } },
    ],
    [
      "a user that is not given",
      { connection: { host: "192.0.2.13", user: undefined } },
      { connection: { host: "192.0.2.13", user: "root", privateKey: PRIVATE_KEY } },
    ],
    [
      "a connection that comes later",
      { connection: output({ host: "192.0.2.13" }) },
      { connection: { host: "192.0.2.13", user: "root", privateKey: PRIVATE_KEY } },
    ],
    ["its knocks", { sequence: [...STEPS] }, { sequence: STEPS }],
  ])("%s", async (_name, own, expected) => {
    const args = doorArgs(fleet, { connection: { host: "192.0.2.13" }, ...own }, undefined);
    expect(await known(args)).toMatchObject({ door: fleet.door, ...expected });
  });

  test("a calendar of the derivation that was made for it", async () => {
    const made = { current: output([]), previous: output(undefined), derivation: output(DERIVATION) };
    const shared = { ...fleet, calendar: { windowMinutes: 30 } };
    const args = doorArgs(shared, { connection: { host: "192.0.2.13" } }, made);
    const door = (await known(args)) as Record<string, unknown>;
    expect(door.calendar).toEqual({ windowMinutes: 30, derivation: DERIVATION });
    expect(door).not.toHaveProperty("sequence");
  });

  test.each([
    ["is at random", undefined, {}, {}],
    ["is made as the fleet says", { steps: 5 }, {}, { steps: 5 }],
    [
      "is made as the host says",
      { steps: 5, protocols: ["tcp"] },
      { sequence: { steps: 6 } },
      { steps: 6, protocols: ["tcp"] },
    ],
    [
      "is derived for its address and its door",
      { master: "m", rotateEvery: "30d" },
      {},
      { master: "m", rotateEvery: "30d", host: "192.0.2.13", door: "edge-web3" },
    ],
    [
      "is derived for what it says",
      { master: "m" },
      { sequence: { host: "web3", door: "ssh" } },
      { master: "m", host: "web3", door: "ssh" },
    ],
    ["is its own", { master: "m" }, { sequence: [...STEPS] }, undefined],
    ["is its own, and comes later", { master: "m" }, { sequence: output([...STEPS]) }, undefined],
  ] as const)("its sequence %s", async (_name, sequence, own, expected) => {
    const args = { ...fleet, sequence } as PortKnockFleetArgs;
    const host = { connection: { host: "192.0.2.13" }, ...own } as PortKnockFleetArgs["hosts"][string];
    expect(await known(sequenceArgs(args, host, "edge-web3"))).toEqual(expected);
  });
});

describe("canaries", () => {
  test.each([
    [undefined, []],
    [0, []],
    [2, ["a", "b"]],
    [9, ["a", "b", "c"]],
    [
      ["c", "a"],
      ["a", "c"],
    ],
  ])("%j of a, b and c", (canary, expected) => {
    expect(canariesOf(["a", "b", "c"], canary)).toEqual(expected);
  });

  test("are the same ones when hosts are added at the end, and when others are removed", () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 });
    const property = fc.property(names, fc.nat(5), fc.nat(), (hosts, canary, at) => {
      const first = canariesOf(hosts, canary);
      expect(canariesOf([...hosts, "one more"], Math.min(canary, hosts.length))).toEqual(first);
      const others = hosts.filter((host, index) => first.includes(host) || index !== at % hosts.length);
      expect(canariesOf(others, first.length)).toEqual(first);
    });
    fc.assert(property, { seed: seed() });
  });
});
