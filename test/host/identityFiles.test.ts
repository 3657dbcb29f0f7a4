import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { utils } from "ssh2";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { loginMethods } from "../../provider/host/ssh/credentials";
import type { Login } from "../../provider/policy/connection";
import { agentAnswer, startAgent } from "../resource/agent";
import { told } from "../situations";

const dir = mkdtempSync(join(tmpdir(), "portknock-identity."));
const [KEY, SHUT, ABSENT] = ["key", "shut", "absent"].map((name) => join(dir, name)) as [
  string,
  string,
  string,
];
const { privateKey } = generateKeyPairSync("ed25519");
writeFileSync(KEY, privateKey.export({ type: "pkcs8", format: "pem" }));
writeFileSync(
  SHUT,
  privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "the passphrase" }),
);
afterAll(() => rmSync(dir, { recursive: true }));
afterEach(() => {
  vi.unstubAllEnvs();
});

async function methods(identityFiles: readonly string[], more: Partial<Login> = {}) {
  const login = { host: "192.0.2.11", port: 22, user: "root", identityFiles, ...more } as Login;
  return loginMethods(login, "connection", () => true);
}

const identity = { title: "the key of an IdentityFile", wireName: "publickey" };

test.each([
  ["an empty agent", agentAnswer([])],
  ["an agent that is none", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
])("%s does not matter beside an identity file in PKCS#8", async (_what, answer) => {
  const agent = await startAgent(answer);
  vi.stubEnv("SSH_AUTH_SOCK", agent.path);
  const found = await methods([ABSENT, SHUT, KEY]);
  expect(found).toEqual([expect.objectContaining(identity)]);
  const [auth] = Array.isArray(found) ? found.map((method) => method.auth) : [];
  expect(utils.parseKey(auth.key)).toMatchObject({ type: "ssh-ed25519" });
  agent.stop();
});

test("each file that can be used is a way to log in, with the passphrase that is given", async () => {
  vi.stubEnv("SSH_AUTH_SOCK", undefined);
  const found = await methods([KEY, ABSENT, SHUT], { privateKeyPassword: "the passphrase" });
  expect(found).toEqual([expect.objectContaining(identity), expect.objectContaining(identity)]);
});

test("an agent that cannot help is told of where no file can be used", async () => {
  vi.stubEnv("SSH_AUTH_SOCK", "/nowhere/agent");
  expect(await methods([ABSENT])).toMatchObject({
    problem: told("agent's socket is missing", { source: "SSH_AUTH_SOCK" }),
  });
});

test("without an agent, each file is told of with what is wrong with it", async () => {
  vi.stubEnv("SSH_AUTH_SOCK", undefined);
  const problems = `${ABSENT} cannot be read (ENOENT); ${SHUT} has another passphrase than privateKeyPassword`;
  expect(await methods([ABSENT, SHUT], { privateKeyPassword: "another" })).toMatchObject({
    problem: `no IdentityFile that ~/.ssh/config names can be used here: ${problems}`,
  });
});
