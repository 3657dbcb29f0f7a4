import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { policyTexts } from "../../provider/policy/fieldTexts";
import { policySchema } from "../../provider/policy/jsonSchema";
import { policyFields } from "../../provider/policy/schema";
import { validatePolicy } from "../../provider/policy/validate";

const properties = policySchema().properties as Readonly<Record<string, Readonly<Record<string, unknown>>>>;

test("the JSON Schema has each field of a policy, with its meaning, and needs a door alone", () => {
  expect(Object.keys(properties).sort()).toEqual(["$schema", ...Object.keys(policyFields)].sort());
  expect(policySchema().required).toEqual(["door"]);
  for (const name of Object.keys(policyFields))
    expect(properties[name]?.description, name).toBe(policyTexts[name]?.about);
  expect(properties.openForSeconds).toMatchObject({ minimum: 1, maximum: 86_400, default: 5 });
});

test("a sequence is steps or text, in `previous` too", () => {
  const either = { anyOf: [{ type: "string" }, { type: "array", maxItems: 16 }] };
  expect(properties.sequence).toMatchObject(either);
  expect(properties.previous?.properties).toMatchObject({ sequence: either });
});

const door = [{ protocol: "tcp", ports: [22] }];

test("each example of a field is one that the schema takes", () => {
  const base = { sequence: "tcp/41287,udp/23911", door };
  for (const [name, { example }] of Object.entries(policyTexts)) {
    if (name.includes(".") || example === undefined || name === "chain" || name === "extend") continue;
    expect(validatePolicy({ ...base, [name]: example }).failures, name).toEqual([]);
  }
});

const derivation = {
  version: 1,
  subkey: "ab".repeat(32),
  rotateEvery: "1h",
  steps: 4,
  protocols: ["tcp", "udp"],
  ports: ["20000-60999"],
  exclude: [],
  keepers: {},
};

test.each([
  ["1,797 s of grace is the most for an hour", { graceSeconds: 1_797 }, { graceSeconds: 1_798 }],
  ["16 days is the most for quarter hours", { windowMinutes: 15, days: 16 }, { windowMinutes: 15, days: 17 }],
  ["60 days is the most for hours", { days: 60 }, { days: 61 }],
])("what the texts say of a calendar: %s", (_name, most, more) => {
  expect(validatePolicy({ door, calendar: { derivation, ...most } }).failures).toEqual([]);
  expect(validatePolicy({ door, calendar: { derivation, ...more } }).failures).not.toEqual([]);
});

test("a policy in a file may name its schema", () => {
  const input = JSON.stringify({ $schema: "policy.schema.json", sequence: "tcp/41287,udp/23911", door });
  const main = join(__dirname, "../../dist/client/main.js");
  const { status, stderr } = spawnSync(process.execPath, [main, "render", "-", "-4"], {
    encoding: "utf8",
    input,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});
