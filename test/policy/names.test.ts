import fc from "fast-check";
import { expect, test } from "vitest";
import { clientDoor, configFailures } from "../../provider/policy/clientConfig";
import { connectionSchema } from "../../provider/policy/connection";
import { doorNameOf, isDoorName, isHost, isLabel } from "../../provider/policy/names";
import { HOSTILE, hostileText, obeyedIn } from "../hostile";
import { seed } from "./seed";

/** No character that any shell, terminal or configuration obeys, and none of an option at the beginning. */
const HARMLESS = /^(?!-)[A-Za-z0-9._:%-]+$/;

test.each([
  "web",
  "web.example.com",
  "web.example.com.",
  "a_b-c",
  "192.0.2.11",
  "2001:db8::7",
  "::1",
  "::ffff:192.0.2.1",
  "fe80::1%eth0",
  "xn--bcher-kva.example",
])("%s is a host", (text) => {
  expect(isHost(text)).toBe(true);
  expect(connectionSchema.shape.host.safeParse(text).success).toBe(true);
});

test.each([
  ...HOSTILE,
  "web\n",
  "\nweb",
  "web\u2028",
  ":",
  "1:2",
  ".",
  "..",
  "%eth0",
  "fe80::1%",
  "fe80::1%eth0%eth1",
  "fe80::1%-x",
  "192.0.2.1%eth0",
  "[::1]",
  "user@web",
  "web:22",
  "bücher.example",
  "x".repeat(254),
])("%j is no host", (text) => {
  expect(isHost(text)).toBe(false);
  expect(connectionSchema.shape.host.safeParse(text).success).toBe(false);
});

test.each([undefined, null, 7, {}, ["web"], { toString: () => "web" }])(
  "%j is neither host nor door name",
  (value) => {
    expect([isHost(value), isDoorName(value), isLabel(value)]).toEqual([false, false, false]);
  },
);

test("what is a host or a door's name is harmless, and any text becomes a door's name", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      if (isHost(text)) expect(text).toMatch(HARMLESS);
      if (isDoorName(text)) expect(text).toMatch(HARMLESS);
      if (isLabel(text)) expect(obeyedIn(text)).toEqual([]);
      const made = doorNameOf(text);
      expect(isDoorName(made)).toBe(true);
      expect(made).toMatch(HARMLESS);
      if (isDoorName(text)) expect(made).toBe(text);
      expect(isDoorName(`${made}\n`)).toBe(false);
    }),
    { seed: seed(), numRuns: 500 },
  );
  expect(doorNameOf("$(touch x)")).toBe("__touch_x_");
  expect(doorNameOf("prod/web")).toBe("prod_web");
  expect(doorNameOf("-x")).toBe("_x");
});

test("a client's configuration has no hostile name or host: what we write, and what we read", () => {
  const door = [{ protocol: "tcp", ports: [22] }] as const;
  const sequence = [{ protocol: "tcp", port: 7000 }] as const;
  for (const text of HOSTILE) {
    const written = clientDoor(text, "192.0.2.1", { sequence }, door);
    expect(configFailures({ doors: [written] })).toEqual([]);
    for (const field of ["name", "host"] as const) {
      const [failure] = configFailures({ doors: [{ ...written, [field]: text }] });
      expect(failure?.property).toBe(`doors[0].${field}`);
      expect(obeyedIn(failure?.reason ?? "")).toEqual([]);
    }
  }
});
