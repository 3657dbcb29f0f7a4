import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UNKNOWN } from "../../provider/door/unknown";
import { check } from "../../provider/resource/check";
import { aliasLine, urnOf } from "../../provider/resource/urn";
import { told } from "../situations";
import { inputs, PRIVATE_KEY } from "./inputs";

/** A host's doors of two names, each with what differs from the first, and what the second is told. */
const CASES: readonly {
  readonly name: string;
  readonly one?: object;
  readonly other?: object;
  readonly taken?: string;
}[] = [
  { name: "the same port", taken: "tcp/22" },
  {
    name: "a port in a range",
    one: { door: [{ protocol: "tcp", ports: ["8000-8010"] }] },
    other: { door: [{ protocol: "tcp", ports: [9000, "8010-8020"] }] },
    taken: "tcp/8010",
  },
  { name: "another port", other: { door: [{ protocol: "tcp", ports: [8080] }] } },
  { name: "another protocol", other: { door: [{ protocol: "udp", ports: [22] }] } },
  { name: "another family", one: { families: ["ipv4"] }, other: { families: ["ipv6"] } },
  { name: "another place", other: { chain: "FORWARD", interface: "eth0" } },
  { name: "another host behind one address", other: { connection: { port: 2202 } } },
  {
    name: "another private network",
    other: { connection: { proxy: { host: "192.0.2.77", privateKey: PRIVATE_KEY } } },
  },
  { name: "another host", other: { connection: { host: "other" } } },
  { name: "a host that is not known", other: { connection: { host: UNKNOWN } } },
];

test.each(CASES)("two doors of a program: $name", async ({ name, one, other, taken }) => {
  const host = `${name.replaceAll(" ", "-")}.example.com`;
  const door = (owner: string, { connection, ...more }: { connection?: object } = {}) => ({
    ...inputs,
    // A bastion can send TCP alone.
    sequence: [
      { protocol: "tcp", port: 7001 },
      { protocol: "tcp", port: 7002 },
    ],
    ...more,
    owner: `acme/web/prod/${owner}`,
    connection: { ...inputs.connection, host, ...connection },
  });
  expect((await check({}, door("ssh", one))).failures).toBeUndefined();
  // Each is asked for itself as often as the engine likes.
  expect((await check({}, door("ssh", one))).failures).toBeUndefined();
  const { failures } = await check({}, door("second", other));
  expect(failures?.map(({ reason }) => reason.replace(/^door\[0\]\.ports: /, ""))).toEqual(
    taken === undefined
      ? undefined
      : [told("a port of two doors of one program", { port: taken, host, door: "acme/web/prod/ssh" })],
  );
});

test("a door that gives a port up, or goes to another host, leaves it to others", async () => {
  const door = (owner: string, host: string, port: number) => ({
    ...inputs,
    owner: `acme/web/prod/${owner}`,
    door: [{ protocol: "tcp", ports: [port] }],
    connection: { ...inputs.connection, host },
  });
  const failures = async (owner: string, host: string, port: number) =>
    (await check({}, door(owner, host, port))).failures;
  expect(await failures("one", "a.example.com", 81)).toBeUndefined();
  expect(await failures("one", "a.example.com", 82)).toBeUndefined();
  expect(await failures("two", "a.example.com", 81)).toBeUndefined();
  expect(await failures("one", "b.example.com", 82)).toBeUndefined();
  expect(await failures("three", "a.example.com", 82)).toBeUndefined();
});

const FORMER_NAME = told("the former name of a renamed door", {
  former: "acme/web/prod/old",
  door: "acme/web/prod/new",
});

test("a new door may not have the name that another had before it was renamed, whichever is checked first", async () => {
  const door = (owner: string, port: number) => ({
    ...inputs,
    owner,
    door: [{ protocol: "tcp", ports: [port] }],
    connection: { ...inputs.connection, host: "named.example.com" },
  });
  const reasons = (failures: readonly { readonly reason: string }[] = []) =>
    failures.map(({ reason }) => reason);
  const first = await check({}, door("acme/web/prod/old", 8001));
  const renamed = await check(first.inputs, door("acme/web/prod/new", 8001));
  expect(renamed.inputs.doorId).toBe(first.inputs.doorId);
  expect(reasons((await check({}, door("acme/web/prod/old", 8002))).failures)).toEqual([FORMER_NAME]);
  expect(reasons((await check(renamed.inputs, door("acme/web/prod/new", 8001))).failures)).toEqual([
    FORMER_NAME,
  ]);
});

test.each([
  ["acme/web/prod/ssh", "urn:pulumi:prod::web::pulumi-nodejs:dynamic/portknock:PortKnock::ssh"],
  ["acme/web/prod/a/b", "urn:pulumi:prod::web::pulumi-nodejs:dynamic/portknock:PortKnock::a/b"],
  [
    "acme/web/prod/portknock:index:PortKnockFleet/edge-web1",
    "urn:pulumi:prod::web::portknock:index:PortKnockFleet$pulumi-nodejs:dynamic/portknock:PortKnock::edge-web1",
  ],
  [
    "acme/web/prod/acme:net/site:Site/portknock:index:PortKnockFleet/edge-web1",
    "urn:pulumi:prod::web::acme:net/site:Site$portknock:index:PortKnockFleet$pulumi-nodejs:dynamic/portknock:PortKnock::edge-web1",
  ],
])("the URN of %s", (owner, urn) => {
  expect(urnOf(owner)).toBe(urn);
});

test("an owner that is none has no URN", () => {
  expect(urnOf("ssh")).toBeUndefined();
});

test.each([
  [
    "acme/web/prod/shell",
    "acme/web/prod/ssh",
    'new PortKnock("shell", { … }, { aliases: [{ name: "ssh" }] })',
  ],
  [
    "acme/web/prod/acme:index:Site/shell",
    "acme/web/prod/ssh",
    'new PortKnock("shell", { … }, { aliases: ["urn:pulumi:prod::web::pulumi-nodejs:dynamic/portknock:PortKnock::ssh"] })',
  ],
  ["acme/web/prod/shell", "acme/web/test/ssh", undefined],
])("what tells Pulumi that %s was %s", (owner, other, line) => {
  expect(aliasLine(owner, other)).toBe(line);
});

test("the page on fleets has the line that tells of a new name", () => {
  const page = readFileSync(join(__dirname, "../../docs/how-to/fleet.md"), "utf8");
  expect(page).toContain(aliasLine("acme/web/prod/shell", "acme/web/prod/ssh"));
});
