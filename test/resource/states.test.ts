import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { readInputs } from "../../provider/door/checkInputs";
import { doorFrom, doorOf } from "../../provider/door/door";
import { doorProperties } from "../../provider/door/doorProperties";
import {
  namesWhere,
  type Properties,
  type Property,
  type PropertyTable,
} from "../../provider/door/properties";
import { accessHistoryOf } from "../../provider/resource/accessHistory";
import { isHostless } from "../../provider/resource/hostless";
import * as portKnock from "../../provider/resource/lifecycle";
import * as openDoor from "../../provider/resource/openDoorLifecycle";
import { openDoorProperties } from "../../provider/resource/openDoorProperties";
import * as knockSequence from "../../provider/resource/sequence/lifecycle";
import { sequenceProperties } from "../../provider/resource/sequence/properties";
import { inputsOf } from "../../provider/resource/state";

vi.mock("../../provider/host/sshConfig/file", async (original) => ({
  ...(await original<object>()),
  readSshConfig: () => undefined,
}));

// Each state is of a program of its own, and all of them have one host.
vi.mock("../../provider/host/registry", async (original) => ({
  ...(await original<object>()),
  declareDoor: () => [],
}));

/** A resource that an earlier release made on a real host: what the program gave, and what the state has of it. */
interface State {
  readonly name: string;
  readonly lifecycle: "lifecycle" | "knock-sequence" | "open-door";
  /** When it was made. */
  readonly at: string;
  readonly program: Properties;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

const FOLDER = join(__dirname, "states");
const states = readdirSync(FOLDER).map(
  (file): State => JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as State,
);
const doors = states.filter(({ lifecycle }) => lifecycle === "lifecycle");

const LIFECYCLES = { lifecycle: portKnock, "knock-sequence": knockSequence, "open-door": openDoor };

beforeEach(() => {
  vi.stubEnv("SSH_AUTH_SOCK", undefined);
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

test("every shape of a state is there", () => {
  expect(states.map(({ name }) => name).sort()).toEqual(
    [
      ...["bastion", "calendar", "fleet", "fleet-sequence", "open-door", "options", "plain", "previous"],
      ...["sequence", "sequence-derived", "tokens"],
    ].sort(),
  );
});

/** Inputs that these releases did not have. Their defaults are what they did. */
const NEW_DEFAULTS = { backend: "auto", acceptMark: 0x40000000, manageMark: false };

const withoutRules = ({ rules: _, ...rest }: Properties): Properties => rest;

/** This release has other rules for the same doors. */
test.each(states)(
  "$name: an `up` changes the rules alone",
  async ({ lifecycle, at, program, inputs, outputs }) => {
    const { check, diff } = LIFECYCLES[lifecycle];
    vi.setSystemTime(Date.parse(at) + 60_000);
    const { inputs: checked, failures } = await check(inputs, program);
    expect(failures ?? []).toEqual([]);
    const isDoor = lifecycle === "lifecycle";
    expect(withoutRules(checked)).toEqual({ ...withoutRules(inputs), ...(isDoor && NEW_DEFAULTS) });
    expect(await diff("id", outputs, checked)).toMatchObject(
      isDoor ? { changes: true, replaces: [] } : { changes: false },
    );
    const upgraded = { ...outputs, ...(isDoor && { rules: checked.rules }) };
    expect(await diff("id", upgraded, checked)).toMatchObject({ changes: false });
  },
);

const hostless = states.filter(({ lifecycle }) => lifecycle !== "lifecycle");

test.each(hostless)("$name: a refresh changes nothing", async ({ lifecycle, outputs }) => {
  expect(await LIFECYCLES[lifecycle].read("id", outputs)).toMatchObject({ id: "id", props: outputs });
});

describe.each(doors)("the door $name", ({ at, program, inputs, outputs }) => {
  test("is read, and the host lacks nothing", () => {
    expect(inputsOf(outputs)).toEqual(inputs);
    const door = doorOf(inputsOf(outputs));
    if (door === undefined) throw new Error("the state has something unknown");
    const history = accessHistoryOf(outputs, door);
    expect(history).toMatchObject({ hostKey: outputs.hostKey, lacksRules: false });
    expect(history.proxy?.hostKey).toBe(outputs.proxyHostKey);
    const [first, ...rules] = outputs.rules as string[];
    expect(accessHistoryOf({ ...outputs, rules: [`missing: ${first}`, ...rules] }, door).lacksRules).toBe(
      true,
    );
  });

  test("is the same door for the client", () => {
    const { door, failures } = readInputs(outputs);
    expect(failures).toEqual([]);
    expect(door && doorFrom(door, outputs).ruleset).toEqual(doorOf(inputsOf(outputs))?.ruleset);
  });

  test("may be forgotten without its host", async () => {
    vi.setSystemTime(Date.parse(at) + 60_000);
    const onUnreachable = program.onUnreachable === "abandon" ? "fail" : "abandon";
    const { inputs: news } = await portKnock.check(inputs, { ...program, onUnreachable });
    // Once this release has loaded its rules.
    const olds = { ...outputs, rules: news.rules };
    expect(await portKnock.diff("id", olds, news)).toMatchObject({ changes: true, replaces: [] });
    expect(isHostless(olds, news)).toBe(true);
    const { outs } = await portKnock.update("id", olds, news);
    expect(outs).toEqual({ ...olds, ...NEW_DEFAULTS, onUnreachable });
  });
});

const TABLES: Readonly<Record<State["lifecycle"], PropertyTable>> = {
  lifecycle: doorProperties,
  "knock-sequence": sequenceProperties,
  "open-door": openDoorProperties,
};

test.each(states)(
  "$name: the table of properties says what the state has",
  ({ lifecycle, program, outputs }) => {
    const table = TABLES[lifecycle];
    const { __provider, ...state } = outputs;
    expect(Object.keys(state).filter((name) => !(name in table))).toEqual([]);
    const isDue = ({ isOptional, isTransient, needs }: Property) =>
      !isOptional && !isTransient && (needs === undefined || program[needs] !== undefined);
    const isForbidden = ({ isTransient, needs }: Property) =>
      isTransient === true || (needs !== undefined && program[needs] === undefined);
    expect(namesWhere(table, isDue).filter((name) => !(name in state))).toEqual([]);
    expect(namesWhere(table, isForbidden).filter((name) => name in state)).toEqual([]);
  },
);
