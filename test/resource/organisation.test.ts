import { PolicyPack } from "@pulumi/policy";
import { expect, test } from "vitest";
import {
  allPolicies,
  minimumBits,
  noFindings,
  noKeysInState,
  pinnedHostKeys,
  type ResourceCheck,
  sshBehindADoor,
} from "../../provider/organisation";

const door = [{ protocol: "tcp", ports: [22] }];
const strong = {
  connection: { host: "192.0.2.11", hostKey: "ssh-ed25519 AAAA" },
  sequence: "tcp/41287,udp/23911,tcp/50342,udp/31007",
  door,
};

function violations(check: ResourceCheck, props: Record<string, unknown>, type = "PortKnock"): string[] {
  const found: string[] = [];
  const resource = { type: `pulumi-nodejs:dynamic/portknock:${type}`, name: "web", props };
  check.validateResource(resource, (message) => found.push(message));
  return found;
}

const checks = [minimumBits(42), noFindings("error"), sshBehindADoor(), pinnedHostKeys(), noKeysInState()];

test("a strong door passes all checks, and so does a resource of another type", () => {
  for (const check of checks) {
    expect(violations(check, strong), check.name).toEqual([]);
    expect(violations(check, { sequence: "tcp/1", connection: {} }, "OpenDoor"), check.name).toEqual([]);
  }
});

test.each([
  [
    "few bits",
    minimumBits(42),
    { ...strong, sequence: "tcp/41287,udp/23911" },
    /^web: its sequence has 31 bits/,
  ],
  [
    "an error",
    noFindings("error"),
    { ...strong, sequence: "tcp/7000,tcp/7001,tcp/7002" },
    /^web: [a-z-]+, sequence/,
  ],
  [
    "SSH elsewhere",
    sshBehindADoor(),
    { ...strong, connection: { host: "h", port: 2222 } },
    /leaves the SSH port/,
  ],
  ["a new key", pinnedHostKeys(), { ...strong, connection: { host: "h" } }, /trusts a new host key/],
  [
    "a key",
    noKeysInState(),
    { ...strong, connection: { host: "h", privateKey: "k" } },
    /connection.privateKey/,
  ],
] as const)("%s is refused, and no knock is in the message", (_name, check, props, message) => {
  const found = violations(check, props);
  expect(found[0]).toMatch(message);
  expect(found.join()).not.toMatch(/41287|23911|\b700[012]\b/);
});

test("a recipe with few bits is refused", () => {
  expect(violations(minimumBits(70), { steps: 4 }, "KnockSequence")[0]).toMatch(/has 60 bits, and 70/);
  expect(violations(minimumBits(42), {}, "KnockSequence")).toEqual([]);
});

test("what is not known yet is not judged", () => {
  const unknown = { ...strong, sequence: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" };
  expect(violations(noFindings("note"), unknown)).toEqual([]);
});

test("a pack takes the checks", () => {
  expect(() => new PolicyPack("doors", { policies: allPolicies(...checks) })).not.toThrow();
});
