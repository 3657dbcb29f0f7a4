import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { connectionFields, type StatusLogin } from "../../provider/client/statusLogin";
import { UsageError } from "../../provider/client/usageError";

const folder = mkdtempSync(join(tmpdir(), "status-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const key = file("key", "the key");
const config = file(
  "config",
  `Host web\n  HostName 192.0.2.11\n  Port 2222\n  User ops\n  IdentityFile ${key}\n  ProxyJump me@bastion:2200\n`,
);

const none: StatusLogin = {
  login: undefined,
  identity: undefined,
  port: undefined,
  jump: undefined,
  "ssh-config": undefined,
  sudo: false,
};

test("without options it is root at port 22", () => {
  expect(connectionFields("web", none)).toEqual({ host: "web", port: 22, user: "root", sudo: false });
});

test("-F: what ssh's configuration says of the host, key and bastion included", () => {
  expect(connectionFields("web", { ...none, "ssh-config": config })).toEqual({
    host: "192.0.2.11",
    port: 2222,
    user: "ops",
    sudo: false,
    privateKey: "the key",
    proxy: { host: "bastion", user: "me", port: 2200, privateKey: "the key" },
  });
});

test("an option counts before the file", () => {
  const given = { ...none, "ssh-config": config, login: "root", port: 22, jump: "other" };
  expect(connectionFields("web", given)).toMatchObject({ port: 22, user: "root", proxy: { host: "other" } });
});

test.each([
  ["bastion", { host: "bastion" }],
  ["ops@bastion:2200", { host: "bastion", user: "ops", port: 2200 }],
  ["[2001:db8::1]:22", { host: "2001:db8::1", port: 22 }],
])("-J %s", (jump, proxy) => {
  expect(connectionFields("web", { ...none, jump }).proxy).toEqual(proxy);
});

test.each(["a,b", "a:0", "-oProxyCommand=x", ""])("-J %j is refused", (jump) => {
  expect(() => connectionFields("web", { ...none, jump })).toThrow(UsageError);
});
