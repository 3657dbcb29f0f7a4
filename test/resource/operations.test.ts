import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Properties } from "../../provider/door/properties";
import type { Change, ConfirmedChange } from "../../provider/host/apply/change";
import type { HostSnapshot } from "../../provider/host/apply/snapshot";
import * as portKnock from "../../provider/resource/lifecycle";
import type { Ruleset } from "../../provider/rules/ir";
import { held } from "../rules/observed";
import { inputs } from "./inputs";

/** How often one operation checks inputs against the schema, and compiles rules. Each door needs both once, at most. */

const counts = vi.hoisted(() => ({ validated: 0, compiled: 0 }));
const host = vi.hoisted(() => ({ ruleset: undefined as Ruleset | undefined }));

vi.mock("../../provider/policy/validate", async (original) => {
  const validate = await original<typeof import("../../provider/policy/validate")>();
  const validateFields: typeof validate.validateFields = (...args) => {
    counts.validated++;
    return validate.validateFields(...args);
  };
  return { ...validate, validateFields };
});
vi.mock("../../provider/rules/compile", async (original) => {
  const rules = await original<typeof import("../../provider/rules/compile")>();
  const compile: typeof rules.compile = (...args) => {
    counts.compiled++;
    return rules.compile(...args);
  };
  return { ...rules, compile };
});
/** A host that takes every change. */
const snapshot = (): HostSnapshot => ({
  observed: host.ruleset ? held(host.ruleset) : { ipv4: [], ipv6: [] },
  persistence: "systemd",
  warnings: [],
  unused: {},
  hostKey: "ssh-ed25519 AAAA",
});
vi.mock("../../provider/host/apply/commit", () => ({
  commit: async ({ ruleset, isDone, scrub }: Change): Promise<ConfirmedChange> => {
    host.ruleset = ruleset;
    scrub("what a tool printed");
    expect(isDone(snapshot().observed)).toBe(true);
    return snapshot();
  },
}));
vi.mock("../../provider/host/apply/snapshot", () => ({ observe: async () => snapshot() }));

beforeEach(() => {
  vi.stubEnv("SSH_AUTH_SOCK", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

async function counted<Result>(operation: () => Promise<Result>): Promise<[Result, typeof counts]> {
  Object.assign(counts, { validated: 0, compiled: 0 });
  const result = await operation();
  return [result, { ...counts }];
}

const derivation = {
  ...{ version: 1, subkey: "ab".repeat(32), rotateEvery: "30d", steps: 3, protocols: ["tcp"] },
  ...{ ports: ["20000-60999"], exclude: [], keepers: {} },
};
const { sequence: _, ...withoutSequence } = inputs;

test.each([
  ["a sequence", inputs],
  ["a calendar", { ...withoutSequence, calendar: { derivation, days: 2, windowMinutes: 720 } }],
  ["one-time tokens", { ...inputs, oneTime: { tokens: 3 } }],
])("a door with %s: how often each operation validates and compiles", async (_name, program) => {
  const seen: Record<string, typeof counts> = {};
  const run = async <Result>(name: string, operation: () => Promise<Result>): Promise<Result> => {
    const [result, times] = await counted(operation);
    seen[name] = times;
    return result;
  };
  const check = async (olds: Properties, change: object) =>
    (await run("check", () => portKnock.check(olds, { ...program, ...change }))).inputs as Properties;
  const first = await check({}, {});
  const { outs } = await run("create", () => portKnock.create(first));
  const state = outs as Properties;
  await run("diff of no change", () => portKnock.diff("id", state, first));
  const second = await check(first, { openForSeconds: 9 });
  await run("diff of a change", () => portKnock.diff("id", state, second));
  const updated = await run("update", () => portKnock.update("id", state, second));
  const third = await check(second, { openForSeconds: 9, onUnreachable: "abandon" });
  const options = await run("update of options", () => portKnock.update("id", updated.outs, third));
  await run("read", () => portKnock.read("id", options.outs));
  await run("delete", () => portKnock.delete("id", options.outs));
  expect(seen).toEqual({
    check: { validated: 1, compiled: 1 },
    create: { validated: 1, compiled: 1 },
    "diff of no change": { validated: 0, compiled: 0 },
    "diff of a change": { validated: 1, compiled: 0 },
    update: { validated: 2, compiled: 2 },
    "update of options": { validated: 2, compiled: 0 },
    read: { validated: 1, compiled: 1 },
    delete: { validated: 1, compiled: 1 },
  });
});
