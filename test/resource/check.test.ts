import type { CheckFailure } from "@pulumi/pulumi/dynamic";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { check } from "../../provider/resource/lifecycle";
import { agentAnswer, startAgent } from "./agent";
import { inputs, PRIVATE_KEY, UNKNOWN } from "./inputs";

beforeEach(() => {
  vi.stubEnv("SSH_AUTH_SOCK", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Where the failures are. Their reasons say it: Pulumi would print the value of the property that a failure names. */
function paths(failures: readonly CheckFailure[] = []): (string | undefined)[] {
  expect(failures.every(({ property }) => property === "")).toBe(true);
  return failures.map(({ reason }) => reason.split(":")[0]);
}

test("defaults are filled in, and the rules computed without a knock in them", async () => {
  const { inputs: checked, failures } = await check({}, inputs);
  expect(failures).toBeUndefined();
  expect(checked).toMatchObject({
    ...inputs,
    openForSeconds: 5,
    stepTimeoutSeconds: 5,
    ignore: [],
    rollbackAfterSeconds: 60,
    doorId: expect.stringMatching(/^[0-9a-f]{10}$/),
  });
  const rules = checked.rules.join("\n");
  expect(rules).toContain("--dport <knock 1>");
  expect(rules).toContain("--length <knock 3>");
  expect(rules).not.toMatch(/17001|18001|1201|1229/);
});

test("every wrong field is reported at once, under its path, without its value", async () => {
  const { failures = [] } = await check(
    {},
    {
      ...inputs,
      connection: { host: "-oProxyCommand=x", port: 70000, password: 5, proxi: {} },
      sequence: [{ protocol: "tcp", port: "31337" }, { protocol: "tcp", port: 0 }, { protocol: "sctp" }],
      door: [],
      openForSeconds: 0,
      rollbackAfterSeconds: 5,
      sequnce: [],
    },
  );
  expect(paths(failures).sort()).toEqual([
    "connection",
    "connection.host",
    "connection.password",
    "connection.port",
    "door",
    "openForSeconds",
    "rollbackAfterSeconds",
    "sequence[0].port",
    "sequence[1].port",
    "sequence[2].protocol",
    "sequnce",
  ]);
  const reasons = failures.map(({ reason }) => reason).join("\n");
  expect(reasons).not.toContain("31337");
  expect(reasons).toContain("a whole number from 1 to 65535");
  expect(reasons).toContain(
    "has the unknown field proxi; did you mean proxy? allowed: proxy, host, port, user",
  );
});

test("a connection without a credential is wrong, unless an agent runs that has a key", async () => {
  const bare = { ...inputs, connection: { host: "192.0.2.11" } };
  expect(paths((await check({}, bare)).failures)).toEqual(["connection"]);
  const key = Buffer.from(HOST_KEY.split(" ")[1] ?? "", "base64");
  const agent = await startAgent(agentAnswer([key]));
  vi.stubEnv("SSH_AUTH_SOCK", agent.path);
  expect((await check({}, bare)).failures).toBeUndefined();
  agent.stop();
  expect(paths((await check({}, bare)).failures)).toEqual(["connection"]);
});

const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPhMWNoQ8WcXXOMWhPD0CyPmrXlSu2N2fw4KVTAHgW4Q";

test.each([
  ["the host", { connection: { host: UNKNOWN, privateKey: PRIVATE_KEY } }],
  ["the whole connection", { connection: UNKNOWN }],
  ["a port of the sequence", { sequence: [{ protocol: "tcp", port: UNKNOWN }] }],
  ["the whole sequence", { sequence: UNKNOWN }],
  ["a time", { openForSeconds: UNKNOWN }],
  ["a payload", { sequence: [{ protocol: "udp", port: 18001, payload: UNKNOWN }] }],
  ["a network", { allowFrom: ["192.0.2.0/24", UNKNOWN] }],
  ["the interface of a forwarded door", { chain: "FORWARD", interface: UNKNOWN }],
  ["the door's ports", { door: [{ protocol: "tcp", ports: [UNKNOWN] }] }],
])("while %s is unknown, so are the rules, and nothing is wrong", async (_name, unknown) => {
  const { inputs: checked, failures } = await check({}, { ...inputs, ...unknown });
  expect(failures).toBeUndefined();
  expect(checked.rules).toBe(UNKNOWN);
});

test("a known mistake is reported beside an unknown value", async () => {
  const { failures } = await check({}, { ...inputs, connection: UNKNOWN, openForSeconds: -1 });
  expect(paths(failures)).toEqual(["openForSeconds"]);
});

test.each(["steps", "text"])(
  "connection.knock as %s has to be a sequence that a door can have",
  async (form) => {
    const knock = form === "text" ? "udp/18001,udp/18001" : Array(2).fill({ protocol: "udp", port: 18_001 });
    const { failures } = await check({}, { ...inputs, connection: { ...inputs.connection, knock } });
    expect(paths(failures)).toEqual(["connection.knock[1]"]);
  },
);

const behindBastion = { ...inputs.connection, proxy: { host: "192.0.2.9", privateKey: PRIVATE_KEY } };

test("connection.proxy.knock is a sequence of its own, of any steps", async () => {
  const withKnock = (knock: unknown) => ({ ...behindBastion, proxy: { ...behindBastion.proxy, knock } });
  const door = [{ protocol: "tcp", ports: [8080] }];
  const { failures = [] } = await check(
    {},
    { ...inputs, door, connection: withKnock("udp/18001,udp/18001") },
  );
  expect(paths(failures)).toEqual(["connection.proxy.knock[1]"]);
  const { inputs: checked, failures: none } = await check(
    {},
    { ...inputs, door, connection: withKnock("udp/18001,icmp/90") },
  );
  expect(none).toBeUndefined();
  expect(checked.connection).toMatchObject({
    proxy: {
      knock: [
        { protocol: "udp", port: 18_001 },
        { protocol: "icmp", payloadBytes: 90 },
      ],
    },
  });
});

test("a door keeps its id when its resource is renamed, and has another on another host", async () => {
  const { inputs: first } = await check({}, inputs);
  const { inputs: renamed } = await check(first, { ...inputs, owner: "acme/web/prod/shell" });
  expect(renamed.doorId).toBe(first.doorId);
  const { inputs: moved } = await check(first, {
    ...inputs,
    connection: { ...inputs.connection, host: "192.0.2.12" },
  });
  expect(moved.doorId).not.toBe(first.doorId);
});

test("through a bastion, only TCP steps can open the SSH port", async () => {
  const { failures = [] } = await check({}, { ...inputs, connection: behindBastion });
  expect(paths(failures)).toEqual(["sequence[1]", "sequence[2]"]);
  expect(failures[1]?.reason).toMatch(/must be a TCP step: .* cannot send ICMP packets/);
});

test("through a bastion, a door on another port may have any steps", async () => {
  const news = { ...inputs, connection: behindBastion, door: [{ protocol: "tcp", ports: [8080] }] };
  expect((await check({}, news)).failures).toBeUndefined();
});

test("a bastion needs a credential of its own", async () => {
  const connection = { ...inputs.connection, proxy: { host: "192.0.2.9" } };
  const news = { ...inputs, connection, sequence: [{ protocol: "tcp", port: 17001 }] };
  expect(paths((await check({}, news)).failures)).toEqual(["connection.proxy"]);
});

test("a changed sequence, and nothing else, is a new revision, since a diff of secrets shows nothing", async () => {
  const { inputs: first } = await check({}, inputs);
  expect(first.sequenceRevision).toBe(1);
  const { inputs: same } = await check(first, { ...inputs, openForSeconds: 9 });
  expect(same.sequenceRevision).toBe(1);
  const { inputs: rotated } = await check(first, { ...inputs, sequence: [{ protocol: "tcp", port: 17009 }] });
  expect(rotated.sequenceRevision).toBe(2);
});

const soon = () => new Date(Date.now() + 60_000).toISOString().replace(/\.\d+Z$/, "Z");

test("a previous sequence keeps its stages, its successor takes the other ones, and so on", async () => {
  const attempts = (checked: { rules: string[] }) =>
    checked.rules.flatMap((rule) => /-p udp (-m time .*)?-j PK-\w+-([AB])$/.exec(rule)?.slice(1) ?? []);
  const { inputs: first } = await check({}, inputs);
  expect(attempts(first)).toEqual([undefined, "A"]);
  const next = { ...inputs, sequence: [{ protocol: "tcp", port: 17009 }] };
  const { inputs: changed } = await check(first, next);
  expect(attempts(changed)).toEqual([undefined, "A"]);
  const previous = { sequence: inputs.sequence, acceptUntil: soon() };
  const { inputs: second } = await check(first, { ...next, previous });
  expect(attempts(second)).toEqual([expect.stringContaining("--datestop"), "A", undefined, "B"]);
  expect((await check(second, { ...next, previous })).inputs).toEqual(second);
  const { inputs: alone } = await check(second, next);
  expect(attempts(alone)).toEqual([undefined, "B"]);
  const back = { ...inputs, previous: { sequence: next.sequence, acceptUntil: soon() } };
  expect(attempts((await check(alone, back)).inputs)).toEqual([
    expect.stringContaining("--datestop"),
    "B",
    undefined,
    "A",
  ]);
});

test("a previous sequence whose time is over is left out, as is a secret that turned out to be undefined", async () => {
  const { inputs: plain } = await check({}, inputs);
  const over = { sequence: [{ protocol: "tcp", port: 17009 }], acceptUntil: "2020-01-01T00:00:00Z" };
  expect((await check({}, { ...inputs, previous: over })).inputs).toEqual(plain);
  expect((await check({}, { ...inputs, previous: null })).inputs).toEqual(plain);
});
