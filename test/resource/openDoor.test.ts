import { createServer } from "node:net";
import { expect, test } from "vitest";
import { UNKNOWN } from "../../provider/door/unknown";
import * as lifecycle from "../../provider/resource/openDoorLifecycle";

const inputs = { host: "127.0.0.1", sequence: [{ protocol: "tcp", port: 1 }], triggers: ["a"] };

test("check fills in defaults, and names every wrong field at once", async () => {
  expect(await lifecycle.check({}, inputs)).toEqual({
    inputs: { ...inputs, port: 22, delayMs: 30, timeoutSeconds: 20, check: true },
    failures: [],
  });
  const wrong = { host: 5, port: 0, sequence: [{ protocol: "tcp", port: 313370 }], check: "no", tries: 1 };
  const { failures = [] } = await lifecycle.check({}, wrong);
  const reasons = failures.map(({ reason }) => reason).join("\n");
  for (const name of ["host", "port", "sequence[0].port", "check", "tries"])
    expect(reasons).toMatch(new RegExp(`^${name.replace(/[[\]]/g, "\\$&")}: `, "m"));
  expect(reasons).not.toContain("313370");
  expect(failures.map(({ property }) => property)).toEqual(failures.map(() => ""));
});

test("what is not known yet is no failure, and a change", async () => {
  const news = { ...inputs, host: UNKNOWN, sequence: UNKNOWN, triggers: [UNKNOWN] };
  expect((await lifecycle.check({}, news)).failures).toEqual([]);
  expect(await lifecycle.diff("", inputs, news)).toEqual({ changes: true });
});

test("it knocks again when a trigger changes, and for nothing else's sake", async () => {
  const olds = { ...inputs, stateVersion: 1, address: "127.0.0.1" };
  expect(await lifecycle.diff("", olds, inputs)).toEqual({ changes: false });
  expect(await lifecycle.diff("", olds, { ...inputs, triggers: ["b"] })).toEqual({ changes: true });
  expect(await lifecycle.diff("", olds, { ...inputs, sequence: [] })).toEqual({ changes: true });
});

test("create and update see the door open; without check they only knock", async () => {
  const server = createServer((socket) => socket.destroy());
  let connections = 0;
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const { inputs: checked } = await lifecycle.check({}, { ...inputs, port });
  const outs = { ...checked, stateVersion: 1, address: "127.0.0.1" };
  expect(await lifecycle.create(checked)).toEqual({ id: `127.0.0.1:${port}`, outs });
  expect(await lifecycle.update("", outs, checked)).toEqual({ outs });
  expect(connections).toBe(2);
  expect((await lifecycle.create({ ...checked, check: false })).outs).toEqual({ ...outs, check: false });
  expect(connections).toBe(2);
  server.close();
  const shut = lifecycle.create({ ...checked, timeoutSeconds: 1 });
  await expect(shut).rejects.toMatchObject({ code: "shut" });
});
