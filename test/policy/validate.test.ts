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

/** Words that messages show anyway, as examples and choices, whatever was given. */
const SHOWN = ["tcp", "udp", "icmp", "hex:", "DOCKER-USER"];

/** The texts and numbers of a value, whatever it is made of; those of one character would be found by chance. */
function valuesIn(value: unknown): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap(valuesIn))];
  if (typeof value === "object" && value !== null) return valuesIn(Object.values(value));
  const text = String(value);
  return text.length > 1 && typeof value !== "boolean" && !SHOWN.includes(text) ? [text] : [];
}

/** Whether a text has the value, and not only as a part of another word or number. */
function shows(text: string, value: string): boolean {
  const at = (index: number) => /[\p{L}\p{N}]/u.test(text.charAt(index));
  for (let index = text.indexOf(value); index >= 0; index = text.indexOf(value, index + 1))
    if (!at(index - 1) && !at(index + value.length)) return true;
  return false;
}

describe("a wrong policy", () => {
  test.each(wrong)("$name", ({ change, without = [], failures }) => {
    const fields = Object.entries({ ...right, ...change }).filter(([name]) => !without.includes(name));
    expect(validatePolicy(Object.fromEntries(fields)).failures).toEqual(failures);
  });

  const telling = wrong.filter(({ change }) => valuesIn(change).length > 0);

  test.each(telling)("$name: the value is not in the message", ({ change, without = [] }) => {
    const fields = Object.entries({ ...right, ...change }).filter(([name]) => !without.includes(name));
    const { failures } = validatePolicy(Object.fromEntries(fields));
    expect(failures).not.toEqual([]);
    const text = failures.map(({ reason }) => reason).join("\n");
    expect(valuesIn(change).filter((value) => shows(text, value))).toEqual([]);
  });

  test("nearly all of them have a value that could be shown", () => {
    expect(telling.length).toBeGreaterThan(0.8 * wrong.length);
  });

  test("a value that is shown is found", () => {
    expect(["7000 is", "is 7000.", "not `7000`", "=7000"].map((text) => shows(text, "7000"))).not.toContain(
      false,
    );
    expect(["70000", "17000", "a7000"].map((text) => shows(text, "7000"))).not.toContain(true);
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
