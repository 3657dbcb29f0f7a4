import { describe, expect, test } from "vitest";
import { userInputs } from "../../provider/door/fields";
import { doorTargetFields } from "../../provider/policy/doorTarget";
import { validateFields } from "../../provider/policy/validate";
import { check } from "../../provider/resource/check";
import { diff } from "../../provider/resource/lifecycle";
import { check as checkOpenDoor } from "../../provider/resource/openDoorLifecycle";
import { told } from "../situations";

const connection = { host: "192.0.2.11", password: "for the lab" };
const right = {
  owner: "organization/project/stack/web",
  connection,
  sequence: [
    { protocol: "tcp", port: 41_287 },
    { protocol: "udp", port: 23_911, payload: "hex:6f70656e" },
    { protocol: "icmp", payloadBytes: 733 },
  ],
  door: [{ protocol: "tcp", ports: [22] }],
};
const TEXT = "tcp/41287, udp/23911/hex:6F70656E,icmp/733";

const wrongIn = async (change: Readonly<Record<string, unknown>>) =>
  ((await check({}, { ...right, ...change })).failures ?? []).map(({ reason }) => reason);

const USER = "the user belongs in `user`";
const PORT = "the port belongs in `port`";

describe("what people write in fields", () => {
  test.each([
    ["192.0.2.12:22", PORT],
    ["web.example.com:2222", PORT],
    ["root@192.0.2.12", USER],
    ["root@web:22", `${USER}, ${PORT}`],
    ["ssh://192.0.2.12", "it is no URL"],
    ["ssh://root@web:22/", `it is no URL, ${USER}, ${PORT}, it has no path`],
    ["[2001:db8::1]", "an IPv6 address stands here as 2001:db8::1"],
    ["[2001:db8::1]:22", `an IPv6 address stands here as 2001:db8::1, ${PORT}`],
    ["web/path", "it has no path"],
    ["a b", "there is no space in it"],
  ])("connection.host: %j", async (host, mistakes) => {
    const proxy = { host, password: "for the lab" };
    const failures = await wrongIn({ connection: { ...connection, host, proxy } });
    for (const path of ["connection.host", "connection.proxy.host"])
      expect(failures.filter((reason) => reason.startsWith(`${path}:`))).toEqual([
        told("a host in a field", { path, mistakes }),
      ]);
    expect(failures.join()).not.toContain(host.replace("2001:db8::1", ""));
    const { failures: knocked = [] } = await checkOpenDoor({}, { host, sequence: TEXT });
    expect(knocked).toHaveLength(1);
  });

  test("a knock has no user, and a door that is opened a port of its own", async () => {
    const { failures = [] } = await checkOpenDoor({}, { host: "root@web:22", sequence: TEXT });
    const mistakes = "a knock has no user, the port belongs in `port`";
    expect(failures[0]?.reason).toBe(told("a host in a field", { path: "host", mistakes }));
  });

  test.each(["", "-web", ":::", "wéb", 7, null, ["web"]])("no host: %j", async (host) => {
    expect(await wrongIn({ connection: { ...connection, host } })).toHaveLength(1);
  });

  test("no host, as a text", async () => {
    const path = "connection.host";
    expect(await wrongIn({ connection: { ...connection, host: "-web" } })).toEqual([
      told("no host at all", { path }),
    ]);
  });

  test.each([
    ["door", 22, "a door of another kind", "door"],
    ["door", "tcp/22", "a door of another kind", "door"],
    ["door", { protocol: "tcp", ports: [22] }, "a door of another kind", "door"],
    ["door", [22], "a service of another kind", "door[0]"],
    ["door", ["tcp/22"], "a service of another kind", "door[0]"],
    ["door", [[22]], "a service of another kind", "door[0]"],
    ["door", [{ protocol: "tcp", ports: 22 }], "ports of another kind", "door[0].ports"],
    ["ignore", 53, "a door of another kind", "ignore"],
    ["ignore", ["udp/53"], "an ignored service of another kind", "ignore[0]"],
    ["sequence", 41_287, "a sequence of another kind", "sequence"],
    ["sequence", { protocol: "tcp", port: 41_287 }, "a sequence of another kind", "sequence"],
    ["sequence", [41_287], "a step of another kind", "sequence[0]"],
    ["sequence", ["tcp/41287"], "a step of another kind", "sequence[0]"],
  ] as const)("%s: %j", async (field, value, situation, path) => {
    expect(await wrongIn({ [field]: value })).toEqual([told(situation, { path })]);
  });

  test.each([
    ["openForSecond", "openForSeconds"],
    ["open_for_seconds", "openForSeconds"],
    ["OpenForSeconds", "openForSeconds"],
    ["openFor", "openForSeconds"],
    ["stepTimeout", "stepTimeoutSeconds"],
    ["sequnce", "sequence"],
    ["allowform", "allowFrom"],
    ["doors", "door"],
    ["zone", undefined],
    ["x".repeat(100_000), undefined],
  ])("a field %s", async (field, name) => {
    const [failure, ...more] = await wrongIn({ [field]: 1 });
    expect(more).toEqual([]);
    const allowed = userInputs.filter((one) => one !== name).join(", ");
    const { reason } = name
      ? { reason: told("an unknown field", { path: field, name, allowed: `${name}, ${allowed}` }) }
      : { reason: `${field}: is an unknown field; allowed: ${userInputs.join(", ")}` };
    expect(failure).toBe(reason);
  });

  test.each([
    ["connection", { connection: { ...connection, hostkey: "" } }, "hostkey", "hostKey"],
    ["connection.proxy", { connection: { ...connection, proxy: { ...connection, usr: "" } } }, "usr", "user"],
    ["sequence[0]", { sequence: [{ protocol: "tcp", prot: 7, port: 7 }] }, "prot", "port"],
    ["door[0]", { door: [{ protocol: "tcp", ports: [22], port: 22 }] }, "port", "ports"],
    [
      "lockout",
      { lockout: { wrongKnock: 1, wrongKnocks: 1, withinSeconds: 1, forSeconds: 1 } },
      "wrongKnock",
      "wrongKnocks",
    ],
    ["rateLimit", { rateLimit: { connectionsPerMinute: 1, bursts: 1 } }, "bursts", "burst"],
    ["grantPrefix", { grantPrefix: { ipV4: 32 } }, "ipV4", "ipv4"],
    ["oneTime", { oneTime: { tokens: 1, token: 1 } }, "token", "tokens"],
  ])("a field of %s", async (path, change, field, name) => {
    const [failure, ...more] = await wrongIn(change);
    expect(more).toEqual([]);
    const [said, others] = (failure ?? "").split(`allowed: ${name}, `);
    expect(others).toMatch(/^\w+/);
    expect(`${said}allowed: …`).toBe(
      told("an unknown field within another", { path, field, name, allowed: "…" }),
    );
  });

  test("all of them at once", async () => {
    const change = {
      connection: { ...connection, host: "root@192.0.2.12:22", knock: "7000" },
      sequence: "tcp/7000,sctp/1",
      previous: { sequence: "tcp", acceptUntil: "2026-12-01T00:00:00Z" },
      door: [22],
      openForSecond: 5,
    };
    const paths = (await wrongIn(change)).map((reason) => reason.split(":")[0]).sort();
    expect(paths).toEqual(
      [
        "connection.host",
        "connection.knock",
        "door[0]",
        "openForSecond",
        "previous.sequence",
        "sequence",
      ].sort(),
    );
  });
});

describe("a sequence as text", () => {
  test("is kept as steps, wherever it stands: the one form in place of the other is no change", async () => {
    const previous = { sequence: TEXT, acceptUntil: "2037-12-01T00:00:00Z" };
    const asText = { ...right, sequence: TEXT, previous, connection: { ...connection, knock: TEXT } };
    const asSteps = {
      ...right,
      previous: { ...previous, sequence: right.sequence },
      connection: { ...connection, knock: right.sequence },
    };
    const { inputs: one, failures } = await check({}, asText);
    const { inputs: other } = await check({}, asSteps);
    expect(failures ?? []).toEqual([]);
    expect(one).toStrictEqual(other);
    const { inputs: again } = await check(one, asSteps);
    expect((await diff("id", { ...one, stateVersion: 1 }, again)).changes).toBe(false);
  });

  test.each(["7000", "", "tcp/7000,", "tcp/7000 udp/8000", "sctp/7000", "udp/8000/open"])(
    "%j is answered by the step's place, not by its text",
    async (text) => {
      const step = text.startsWith("tcp/7000,") ? 2 : 1;
      expect(await wrongIn({ sequence: text })).toEqual([
        told("a sequence as a wrong text", { path: "sequence", step }),
      ]);
    },
  );

  test("its values are checked as those of steps are", async () => {
    expect(await wrongIn({ sequence: "tcp/70000,udp/8000/hex:6" })).toEqual([
      "sequence[0].port: must be a port: a whole number from 1 to 65535",
      'sequence[1].payload: must have an even number of hexadecimal digits after "hex:"',
    ]);
    const { value } = validateFields(doorTargetFields, { host: "web", sequence: TEXT });
    expect(value.sequence).toEqual(right.sequence);
  });
});
