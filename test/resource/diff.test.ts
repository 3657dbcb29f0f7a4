import { expect, test } from "vitest";
import { check, diff } from "../../provider/resource/lifecycle";
import { inputs, UNKNOWN } from "./inputs";

const checked = (changes: object = {}) =>
  check({}, { ...inputs, ...changes }).then((result) => result.inputs);
const state = async () => ({
  ...(await checked()),
  stateVersion: 1,
  hostKey: "ssh-ed25519 AAAA",
  knockCommand: "knock",
});

test("the same inputs change nothing", async () => {
  expect(await diff("id", await state(), await checked())).toMatchObject({ changes: false, replaces: [] });
});

test.each([
  ["a step", { sequence: [{ protocol: "tcp", port: 17002 }] }],
  ["the door", { door: [{ protocol: "tcp", ports: [23] }] }],
  ["a time", { openForSeconds: 6 }],
  ["a credential", { connection: { ...inputs.connection, privateKey: "another key" } }],
  ["the SSH port", { connection: { ...inputs.connection, port: 2222 } }],
  ["the serialized provider alone does not count, but the name does", { owner: "acme/web/prod/shell" }],
])("%s: changed in place", async (_name, changes) => {
  expect(await diff("id", await state(), await checked(changes))).toMatchObject({
    changes: true,
    replaces: [],
  });
});

test("state of a release that knew fewer options changes nothing", async () => {
  const { sequence, door, openForSeconds, stepTimeoutSeconds, ignore, ...rest } = await state();
  const { connection, owner, doorId, rules, sequenceRevision, stateVersion, hostKey, knockCommand } = rest;
  const { rollbackAfterSeconds, onUnreachable, __provider } = rest;
  const olds = {
    ...{ sequence, door, openForSeconds, stepTimeoutSeconds, ignore, connection, owner, doorId, rules },
    ...{
      sequenceRevision,
      stateVersion,
      hostKey,
      knockCommand,
      rollbackAfterSeconds,
      onUnreachable,
      __provider,
    },
  };
  const { inputs: news } = await check(olds, inputs);
  expect(news).toMatchObject({ singleUse: false, sequenceRevision });
  expect(await diff("id", olds, news)).toMatchObject({ changes: false, replaces: [] });
});

test("a payload is one change of the sequence, however it is written, and none the next time", async () => {
  const written = (payload: string) => ({ ...inputs, sequence: [{ protocol: "udp", port: 18001, payload }] });
  const { inputs: first } = await check({}, written("open"));
  const { inputs: second } = await check(first, written("hex:6F70656E"));
  expect(second.sequenceRevision).toBe(1);
  expect(await diff("id", { ...first, stateVersion: 1 }, second)).toMatchObject({ changes: false });
});

test("a newer serialized provider changes nothing", async () => {
  const news = { ...(await checked()), __provider: "newer" };
  expect(await diff("id", await state(), news)).toMatchObject({ changes: false });
});

test("rules that refresh found to differ are a change", async () => {
  const olds = await state();
  const drifted = { ...olds, rules: [`missing: ${olds.rules[0]}`, ...olds.rules.slice(1)] };
  expect(await diff("id", drifted, await checked())).toMatchObject({ changes: true, replaces: [] });
});

test("another host is another door, made first", async () => {
  const news = await checked({ connection: { ...inputs.connection, host: "192.0.2.12" } });
  expect(await diff("id", await state(), news)).toMatchObject({
    replaces: ["connection"],
    deleteBeforeReplace: false,
  });
});

test("a replacement on the same host deletes first", async () => {
  expect(await diff("id", await state(), await checked())).toMatchObject({ deleteBeforeReplace: true });
});

test("an unknown connection is not yet another host", async () => {
  expect(await diff("id", await state(), await checked({ connection: UNKNOWN }))).toMatchObject({
    changes: true,
    replaces: [],
  });
});
