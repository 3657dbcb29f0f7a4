import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { validatePolicy } from "../../provider/policy/validate";
import { policies } from "./arbitrary";
import { seed } from "./seed";

interface Wrong {
  readonly name: string;
  /** Fields that replace those of the right policy. */
  readonly change: Readonly<Record<string, unknown>>;
  /** Fields that are left out. */
  readonly without?: readonly string[];
  readonly failures: readonly { readonly property: string; readonly reason: string }[];
}

const wrong = JSON.parse(readFileSync(join(__dirname, "wrong.json"), "utf8")) as Wrong[];

const right = {
  sequence: [
    { protocol: "tcp", port: 7000 },
    { protocol: "udp", port: 8000 },
  ],
  door: [{ protocol: "tcp", ports: [22] }],
};

/** Numbers that a message may show: its own limits and examples. */
const SHOWN = [
  "22",
  ...["30", "60", "120", "1440", "10000"],
  ...["4", "6", "7", "8", "15", "20", "32", "64", "100", "128", "600", "6000", "192", "2", "24", "2001"],
  ...[
    "2026",
    "12",
    "01",
    "00",
    "2038",
    "19",
    "0",
    "1",
    "1452",
    "16",
    "36",
    "3600",
    "65535",
    "86400",
    "8000",
    "8010",
  ],
];

describe("a wrong policy", () => {
  test.each(wrong)("$name", ({ change, without = [], failures }) => {
    const fields = Object.entries({ ...right, ...change }).filter(([name]) => !without.includes(name));
    expect(validatePolicy(Object.fromEntries(fields)).failures).toEqual(failures);
  });

  test.each(wrong)("$name: the value is not in the message", ({ failures }) => {
    const reasons = failures.map(({ reason }) => reason).join("\n");
    for (const number of reasons.match(/\d+/g) ?? []) expect(SHOWN).toContain(number);
  });
});

test("defaults", () => {
  expect(validatePolicy(right)).toEqual({
    value: {
      ...right,
      ...{
        openForSeconds: 5,
        stepTimeoutSeconds: 5,
        ignore: [],
        singleUse: false,
        extend: false,
        loopbackKnocks: false,
      },
      ...{ closedResponse: "drop", grantVerdict: "accept", allowFrom: [], denyFrom: [], chain: "INPUT" },
      ...{ grantPrefix: { ipv4: 32, ipv6: 128 }, families: ["ipv4", "ipv6"] },
    },
    failures: [],
  });
});

test("a payload is kept in one form, so that equal bytes are equal steps", () => {
  const sequence = ["open", "hex:6F", undefined].map((payload, index) => ({
    protocol: "udp",
    port: index + 1,
    payload,
  }));
  expect(validatePolicy({ ...right, sequence }).value.sequence).toStrictEqual([
    { protocol: "udp", port: 1, payload: "hex:6f70656e" },
    { protocol: "udp", port: 2, payload: "hex:6f" },
    { protocol: "udp", port: 3 },
  ]);
});

test("limits are allowed themselves", () => {
  const sequence = [1, 65_535, 1, 65_535, 1, 65_535, 1, 65_535, 1, 65_535, 1, 65_535, 1, 65_535].map(
    (port) => ({
      protocol: "tcp",
      port,
    }),
  );
  const pings = [0, 1452].map((payloadBytes) => ({ protocol: "icmp", payloadBytes }));
  const input = {
    sequence: [...sequence, ...pings],
    door: [{ protocol: "udp", ports: ["1-65535", 1, 65_535] }],
    openForSeconds: 86_400,
    stepTimeoutSeconds: 3_600,
  };
  expect(validatePolicy(input).failures).toEqual([]);
});

test("what is written in several ways is kept in one", () => {
  const input = {
    ...right,
    allowFrom: ["192.0.2.7", "2001:DB8:0:0::/32", "2001:db8::1"],
    grantPrefix: { ipv6: 64 },
    families: ["ipv6", "ipv4", "ipv6"],
    rateLimit: { connectionsPerMinute: 10 },
    log: {},
  };
  expect(validatePolicy(input).value).toMatchObject({
    allowFrom: ["192.0.2.7/32", "2001:db8::/32", "2001:db8::1/128"],
    grantPrefix: { ipv4: 32, ipv6: 64 },
    families: ["ipv4", "ipv6"],
    rateLimit: { connectionsPerMinute: 10, burst: 5 },
    log: { prefix: "portknock", limitPerMinute: 10 },
  });
});

test("36 bytes are allowed", () => {
  const sequence = [{ protocol: "udp", port: 7000, payload: "ä".repeat(18) }];
  expect(validatePolicy({ ...right, sequence }).failures).toEqual([]);
});

test("a right policy comes out as it went in", () => {
  fc.assert(
    fc.property(policies(), (policy) => {
      expect(validatePolicy({ ...policy })).toEqual({ value: policy, failures: [] });
    }),
    { seed: seed() },
  );
});
