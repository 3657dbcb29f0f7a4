import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { knock, openDoor } from "../../provider/api/knocking";
import { PortKnockError } from "../../provider/errors";

/** Nothing is sent but to this machine itself. */
const host = "127.0.0.1";
const sequence = [{ protocol: "tcp", port: 1 }] as const;

let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});
afterAll(() => server.close());

test("an open door tells where it opened, and to whom", async () => {
  expect(await openDoor({ host, port, sequence })).toEqual({ address: host, source: host, tries: 1 });
  expect(await openDoor({ host: "localhost", port, sequence: "tcp/1" })).toMatchObject({ address: host });
});

test("knock tells where the knocks went", async () => {
  expect(await knock({ host, sequence: "tcp/1,udp/2/hex:6f" })).toEqual([host]);
});

test("every wrong option is named at once, and no value", async () => {
  const wrong = { host: "", port: 0, sequence: [{ protocol: "tcp", port: 313370 }], family: 5, delayMs: -1 };
  const error = await openDoor(wrong as never).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(TypeError);
  for (const name of ["host", "port", "sequence[0].port", "family", "delayMs"])
    expect(String(error)).toContain(`${name}: must`);
  expect(String(error)).not.toContain("313370");
  const text = { host: "", sequence: "tcp/1,tcp-313370", constructor: 1 };
  const ofText = await knock(text as never).catch((error: unknown) => error);
  expect(ofText).toBeInstanceOf(TypeError);
  for (const name of ["host: must", "sequence: step 2", "constructor: is an unknown field"])
    expect(String(ofText)).toContain(name);
  expect(String(ofText)).not.toContain("313370");
  await expect(knock({ host, sequence: "tcp/1,tcp/1" })).rejects.toThrow(
    "must differ from the step before it",
  );
});

test("a door that stays shut is an error that says what was sent from where", async () => {
  const closed = await openDoor({ host, port: 1, sequence: "udp/2", timeoutSeconds: 1 }).catch(
    (error: unknown) => error,
  );
  expect(closed).toBeInstanceOf(PortKnockError);
  expect(closed).toMatchObject({ code: "shut" });
  expect(String(closed)).toMatch(
    /tcp\/1 stayed shut for \d s\. Sent \d times: udp, 30 ms apart, from 127\.0\.0\.1 to 127\.0\.0\.1\. .* refused/,
  );
});

test("a host without an address of the family is told as such", async () => {
  await expect(openDoor({ host, family: 6, sequence })).rejects.toMatchObject({
    code: "unreachable",
  });
});

test("a signal ends it at once, with its reason", async () => {
  const began = performance.now();
  const reason = new Error("enough");
  const signal = AbortSignal.timeout(100);
  const late = openDoor({ host, port: 1, sequence, timeoutSeconds: 30, signal });
  await expect(late).rejects.toMatchObject({ name: "TimeoutError" });
  expect(performance.now() - began).toBeLessThan(1_000);
  await expect(openDoor({ host, port, sequence, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  await expect(knock({ host, sequence, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
