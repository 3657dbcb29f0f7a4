import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sendSequence } from "../../provider/knock/send";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ping-"));
  vi.stubEnv("PATH", `${folder}:${process.env.PATH}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Sends a ping by a command that does this. */
function ping(script: string): Promise<void> {
  const file = join(folder, "ping");
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return sendSequence({ address: "192.0.2.1", family: 4 }, [{ protocol: "icmp", payloadBytes: 120 }]);
}

test.each([
  ["a reply", "echo '1 packets received'; exit 0"],
  ["no reply, as Linux and busybox end", "echo '0 received'; exit 1"],
  ["no reply, as macOS and the BSDs end", "echo '0 packets received'; exit 2"],
  ["one that goes on waiting", "exec sleep 10"],
])("%s: it was sent, and nobody waits", async (_what, script) => {
  const began = performance.now();
  await ping(script);
  expect(performance.now() - began).toBeLessThan(1_000);
});

test.each([
  ["iputils, by its own firewall", "echo 'ping: sendmsg: Operation not permitted' >&2; exit 1"],
  ["the same, still waiting", "echo 'ping: sendmsg: Operation not permitted' >&2; exec sleep 10"],
  ["iputils, without a route", "echo 'ping: connect: Network is unreachable' >&2; exit 2"],
  ["busybox, without a route", "echo 'ping: sendto: Network is unreachable' >&2; exit 1"],
  ["macOS, without a route", "echo 'ping: sendto: No route to host' >&2; exit 2"],
  ["an option that it does not know", "exit 64"],
])("%s: it was not sent", async (_what, script) => {
  await expect(ping(script)).rejects.toThrow("knock 1 of 1 could not be sent");
});
