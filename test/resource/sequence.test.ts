import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { sequenceFailures } from "../../provider/policy/steps";
import type { Sequence } from "../../provider/policy/types";
import { check, create, diff, read, update } from "../../provider/resource/sequence/lifecycle";
import { UNKNOWN } from "./inputs";

const START = "2026-11-25T10:00:00Z";
const MASTER = "a master secret of more than 32 characters";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse(START), toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const given = (inputs: object = {}) => ({
  ...{ __provider: "serialized", owner: "acme/web/prod/ssh" },
  ...{ current: "", previousSequences: "", derivation: "" },
  ...inputs,
});

interface Checked {
  current: Sequence;
  previousSequences: { sequence: Sequence; acceptUntil: string }[];
  generation: number;
  rotatesAt: string;
}

/** What `check` makes of inputs, given what it made of those before. */
async function checked(inputs: object = {}, olds: object = {}): Promise<Checked> {
  const { inputs: result, failures } = await check({ ...olds }, given(inputs));
  expect(failures).toBeUndefined();
  return result as Checked;
}

const reasons = async (inputs: object) =>
  ((await check({}, given(inputs))).failures ?? []).map(({ reason }) => reason.replace(/: .*/, ""));

const at = (time: string) => vi.setSystemTime(Date.parse(time));

describe.each([
  ["random", {}],
  ["derived", { master: MASTER, host: "192.0.2.11" }],
])("a %s sequence", (_kind, mode) => {
  const inputs = { ...mode, rotateEvery: "1d", overlap: "6h" };

  test("is made once, and stays in its epoch", async () => {
    const first = await checked(inputs);
    expect(first).toMatchObject({ generation: 1, previousSequences: [], entropyBits: 60 });
    expect(sequenceFailures(first.current)).toEqual([]);
    at("2026-11-25T23:59:59Z");
    const second = await checked(inputs, first);
    expect(second).toEqual(first);
    expect(await diff("id", { ...first, stateVersion: 1 }, { ...second, __provider: "newer" })).toMatchObject(
      {
        changes: false,
      },
    );
  });

  test("is replaced in the next, and accepted from then on for as long as asked", async () => {
    const first = await checked(inputs);
    at("2026-11-26T12:00:00Z");
    const second = await checked(inputs, first);
    expect(second.generation).toBe(2);
    expect(second.current).not.toEqual(first.current);
    expect(second.previousSequences).toEqual([
      { sequence: first.current, acceptUntil: "2026-11-26T18:00:00Z" },
    ]);
    expect(Date.parse(second.rotatesAt)).toBeGreaterThan(Date.now());
    expect(await diff("id", { ...first, stateVersion: 1 }, { ...second })).toMatchObject({
      changes: true,
      replaces: [],
    });
    at("2026-11-26T17:59:59Z");
    expect(await checked(inputs, second)).toEqual(second);
    at("2026-11-26T18:00:00Z");
    expect(await checked(inputs, second)).toEqual({ ...second, previousSequences: [] });
  });

  test("is replaced by hand when a keeper changes, or what it is made of", async () => {
    const first = await checked(inputs);
    for (const change of [{ keepers: { leak: "1" } }, { steps: 5 }, { exclude: ["20000-20100"] }]) {
      const second = await checked({ ...inputs, ...change }, first);
      expect(second.generation).toBe(2);
      expect(second.current).not.toEqual(first.current);
    }
  });

  test("without an overlap ends with its successor", async () => {
    const first = await checked(inputs);
    const second = await checked({ ...inputs, overlap: "0s", keepers: { leak: "1" } }, first);
    expect(second.previousSequences).toEqual([]);
  });

  test("is accepted for a day unless told, or for as long as an epoch where that is shorter", async () => {
    for (const [rotateEvery, acceptUntil] of [
      ["30d", "2026-11-26T10:00:00Z"],
      ["1h", "2026-11-25T11:00:00Z"],
    ]) {
      const first = await checked({ ...mode, rotateEvery });
      const second = await checked({ ...mode, rotateEvery, keepers: { a: "b" } }, first);
      expect(second.previousSequences[0]?.acceptUntil).toBe(acceptUntil);
    }
  });
});

test("a random one without rotateEvery rotates by hand only", async () => {
  const first = await checked();
  expect(first.rotatesAt).toBe("never");
  at("2030-01-01T00:00:00Z");
  expect(await checked({}, first)).toEqual(first);
});

test("a random one is due so long after it was made; a derived one where its epoch ends", async () => {
  expect((await checked({ rotateEvery: "1d" })).rotatesAt).toBe("2026-11-26T10:00:00Z");
  const derived = await checked({ rotateEvery: "1d", master: MASTER, host: "192.0.2.11" });
  expect(derived.rotatesAt).toBe("2026-11-26T00:00:00Z");
});

test("the master secret is in no result; what follows from it depends on door and host", async () => {
  const inputs = { rotateEvery: "1d", master: MASTER, host: "192.0.2.11" };
  const base = await checked(inputs);
  expect(JSON.stringify(base)).not.toContain(MASTER);
  expect(await checked({ ...inputs, door: "ssh" })).toEqual(base);
  for (const change of [{ host: "192.0.2.12" }, { door: "web" }, { master: `${MASTER}.` }]) {
    expect((await checked({ ...inputs, ...change })).current).not.toEqual(base.current);
  }
});

test("an unknown master leaves everything unknown, and is no failure", async () => {
  const { inputs, failures } = await check({}, given({ master: UNKNOWN, host: "h", rotateEvery: "1d" }));
  expect(failures).toBeUndefined();
  expect(inputs).toMatchObject({ current: UNKNOWN, previousSequences: UNKNOWN, generation: UNKNOWN });
});

test("every wrong field is reported at once", async () => {
  const inputs = {
    ...{ steps: 17, protocols: ["sctp"], ports: ["80-"], exclude: [70000], keepers: { a: 1 } },
    ...{ rotateEvery: "1 day", overlap: "400d", master: "short", rotateEvrey: "1d" },
  };
  expect((await reasons(inputs)).sort()).toEqual(
    [
      ...["exclude[0]", "host", "keepers.a", "master", "overlap", "ports[0]", "protocols[0]"],
      ...["rotateEvery", "rotateEvrey", "steps"],
    ].sort(),
  );
});

test.each([
  ["an overlap longer than the epoch", { rotateEvery: "1h", overlap: "2h" }, ["overlap"]],
  ["a master without a host and an epoch", { master: MASTER }, ["host", "rotateEvery"]],
  ["a host without a master", { host: "192.0.2.11" }, ["host"]],
  ["a sequence that can be guessed", { steps: 2 }, ["steps"]],
  ["too few ports", { ports: ["20000-20100"] }, ["steps"]],
] as const)("%s is refused", async (_name, inputs, expected) => {
  expect(await reasons(inputs)).toEqual(expected);
});

test("what Pulumi keeps is what check made; a refresh changes nothing, a newer release's state is refused", async () => {
  const inputs = { ...(await checked()) };
  const { outs } = await create(inputs);
  expect(outs).toEqual({ ...inputs, stateVersion: 1 });
  expect((await update("id", {}, inputs)).outs).toEqual(outs);
  expect(await read("id", outs)).toEqual({ id: "id", props: outs, inputs });
  await expect(read("id", { ...outs, stateVersion: 2 })).rejects.toThrow(/newer pulumi-portknock/);
});
