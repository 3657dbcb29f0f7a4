import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { doorOf } from "../../provider/door/door";
import type { Properties } from "../../provider/door/properties";
import { fleetFailures } from "../../provider/resource/fleet/check";
import { isHostless } from "../../provider/resource/hostless";
import { check, diff } from "../../provider/resource/lifecycle";
import { told } from "../situations";
import { inputs, UNKNOWN } from "./inputs";

const file = vi.hoisted(() => ({ text: undefined as string | undefined, problem: "" }));
vi.mock("../../provider/host/sshConfig/file", async (original) => ({
  ...(await original<object>()),
  readSshConfig: () => {
    if (file.problem) throw new Error(file.problem);
    return file.text;
  },
}));

const dir = mkdtempSync(join(tmpdir(), "portknock-keys."));
const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const KEY = join(dir, "key");
const SHUT = join(dir, "shut");
writeFileSync(KEY, key.export({ type: "pkcs1", format: "pem" }));
writeFileSync(
  SHUT,
  key.export({ type: "pkcs1", format: "pem", cipher: "aes-256-cbc", passphrase: "the passphrase" }),
);
afterAll(() => rmSync(dir, { recursive: true }));

beforeEach(() => {
  vi.stubEnv("SSH_AUTH_SOCK", undefined);
  file.text = `Host web1\nHostName 192.0.2.12\nPort 2222\nUser admin\nIdentityFile ${KEY}\n`;
  file.problem = "";
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const TAKEN = { hostName: "192.0.2.12", port: 2222, user: "admin", identityFiles: [KEY] };

const door = (connection: object, more: object = {}) => ({ ...inputs, connection, ...more });

async function checked(connection: object, olds: Properties = {}, more: object = {}) {
  const result = await check(olds, door(connection, more));
  return {
    inputs: result.inputs as Properties,
    failures: (result.failures ?? []).map(({ reason }) => reason),
  };
}

describe("what is taken", () => {
  test.each([
    ["all of it", { host: "web1" }, TAKEN],
    [
      "what is not given",
      { host: "web1", port: 22, user: "root" },
      { hostName: "192.0.2.12", identityFiles: [KEY] },
    ],
    [
      "no identity file beside a password",
      { host: "web1", password: "x" },
      { ...TAKEN, identityFiles: undefined },
    ],
    ["nothing for another name", { host: "web2", password: "x" }, undefined],
    ["nothing for an address", { host: "192.0.2.12", password: "x" }, undefined],
    ["nothing with sshConfig: false", { host: "web1", password: "x", sshConfig: false }, undefined],
    [
      "of a bastion that is given",
      { host: "web2", password: "x", proxy: { host: "web1", port: 22 } },
      {
        proxy: { hostName: "192.0.2.12", user: "admin", identityFiles: [KEY] },
      },
    ],
  ])("%s", async (_what, connection, taken) => {
    const more = { sequence: [{ protocol: "tcp", port: 7001 }] };
    const { inputs, failures } = await checked(connection, {}, more);
    expect(failures).toEqual([]);
    expect(inputs.fromSshConfig).toEqual(taken);
    expect(inputs.connection).toEqual(connection);
  });

  test("leads where the door is, of the same identity as without it", async () => {
    const [{ inputs: taken }, { inputs: plain }] = [
      await checked({ host: "web1" }),
      await checked({ host: "web1", password: "x", sshConfig: false }),
    ];
    expect(taken.doorId).toBe(plain.doorId);
    expect(doorOf(taken)?.connection).toMatchObject({
      host: "192.0.2.12",
      port: 2222,
      user: "admin",
      identityFiles: [KEY],
    });
    expect(doorOf(plain)?.connection).toMatchObject({ host: "web1", port: 22, user: "root" });
    expect(JSON.stringify(taken)).not.toContain("PRIVATE KEY");
  });

  test("a bastion by ProxyJump is one as given: its knocks must be of TCP", async () => {
    file.text += "ProxyJump ops@192.0.2.9\n";
    const { failures } = await checked({ host: "web1", port: 22, password: "x" }, {}, {});
    expect(failures.join("\n")).toMatch(/sequence\[1\]: must be a TCP step/);
    expect(failures.join("\n")).toMatch(/connection\.proxy: has no credential/);
  });

  test("what is unknown in a preview is left for the `up`", async () => {
    const { inputs, failures } = await checked({ host: UNKNOWN, password: "x" });
    expect({ failures, taken: inputs.fromSshConfig }).toEqual({ failures: [], taken: undefined });
  });

  test("a fleet's host may log in by an identity file", () => {
    const { owner: _, __provider, connection, ...policy } = inputs;
    const fleet = (host: string) =>
      fleetFailures({
        ...policy,
        hosts: { web: { connection: { host }, sequence: inputs.sequence } },
        sequence: undefined,
      } as never);
    expect(fleet("web1")).toEqual([]);
    expect(fleet("web2").map(({ property }) => property)).toEqual(["hosts.web.connection"]);
  });
});

describe("on another machine", () => {
  test("what the state has of the host stays, and the user's fields win over it", async () => {
    const { inputs: olds } = await checked({ host: "web1" });
    for (const text of [undefined, "Host *\nUser x", "Host web2\nUser x"]) {
      file.text = text;
      expect((await checked({ host: "web1" }, olds)).inputs.fromSshConfig).toEqual(TAKEN);
      const { fromSshConfig } = (await checked({ host: "web1", port: 22, password: "x" }, olds)).inputs;
      expect(fromSshConfig).toEqual({ hostName: "192.0.2.12", user: "admin" });
      expect((await checked({ host: "web3", password: "x" }, olds)).inputs.fromSshConfig).toBeUndefined();
    }
    const off = await checked({ host: "web1", password: "x", sshConfig: false }, olds);
    expect(off.inputs.fromSshConfig).toBeUndefined();
  });

  test("a bastion of the file is not that of a program that gives one, nor the other way round", async () => {
    file.text = `Host web1\nProxyJump 192.0.2.9\nHost b\nUser ops`;
    const more = { sequence: [{ protocol: "tcp", port: 7001 }] };
    const jumped = await checked({ host: "web1", password: "x" }, {}, more);
    expect(jumped.failures).toEqual([expect.stringMatching(/^connection\.proxy: has no credential/)]);
    const given = { host: "web1", password: "x", proxy: { host: "b", password: "y" } };
    const through = await checked(given, {}, more);
    expect(through.inputs.fromSshConfig).toEqual({ proxy: { user: "ops" } });
    file.text = undefined;
    expect(
      (await checked({ host: "web1", password: "x" }, through.inputs, more)).inputs.fromSshConfig,
    ).toBeUndefined();
    const other = { ...given, proxy: { host: "c", password: "y" } };
    expect((await checked(other, through.inputs, more)).inputs.fromSshConfig).toBeUndefined();
  });

  test("a changed file is a change of the door in its place, with no need of the host for who logs in", async () => {
    const { inputs: olds } = await checked({ host: "web1" });
    expect(await diff("id", olds, (await checked({ host: "web1" }, olds)).inputs)).toMatchObject({
      changes: false,
    });
    for (const [change, needsHost] of [
      ["User other", false],
      ["HostName 192.0.2.99", true],
    ] as const) {
      file.text = `Host web1\n${change}\n${file.text}`;
      const { inputs: news } = await checked({ host: "web1" }, olds);
      expect(await diff("id", olds, news)).toMatchObject({ changes: true, replaces: [] });
      expect(isHostless(olds, news)).toBe(!needsHost);
    }
  });

  test("state of a release that read no file is as it was", async () => {
    const { inputs: olds } = await checked({ host: "web2", password: "x" });
    expect(
      await diff("id", olds, (await checked({ host: "web2", password: "x" }, olds)).inputs),
    ).toMatchObject({
      changes: false,
    });
  });
});

describe("what people are told in the preview", () => {
  test("of what cannot be", async () => {
    file.text = "Host web1\nProxyJump a,b\nPort x";
    const { failures } = await checked({ host: "web1", password: "x" });
    expect(failures).toEqual(
      ["Port `x`, which is no port", "ProxyJump `a,b`: one bastion is supported, not several"].map((what) =>
        told("an alias for which ~/.ssh/config has what cannot be", { what }),
      ),
    );
  });

  test.each([
    ["absent", "/nowhere/key", "/nowhere/key cannot be read (ENOENT)"],
    ["shut", SHUT, `${SHUT} has a passphrase`],
    ["none", __filename, `${__filename} is not a private key`],
  ])("of an identity file that is %s", async (_what, path, problems) => {
    file.text = `Host web1\nIdentityFile ${path}`;
    const expected = told("identity files of ~/.ssh/config that cannot be used", {
      field: "connection",
      problems,
    });
    expect((await checked({ host: "web1" })).failures).toEqual([expected]);
    file.text += `\nIdentityFile ${KEY}`;
    expect((await checked({ host: "web1" })).failures).toEqual([]);
  });

  test("of an agent that has no key, where no identity file can be used", async () => {
    vi.stubEnv("SSH_AUTH_SOCK", "/nowhere/agent");
    expect((await checked({ host: "web1" })).failures).toEqual([]);
    file.text = "Host web1\nIdentityFile /nowhere/key\nProxyJump b";
    const problem = told("agent's socket is missing", { source: "SSH_AUTH_SOCK" });
    const { failures } = await checked({ host: "web1" }, {}, { door: [{ protocol: "tcp", ports: [8080] }] });
    expect(failures).toEqual([
      expect.stringContaining(`connection: ${problem}`),
      expect.stringContaining(`connection.proxy: ${problem}`),
    ]);
  });

  test("nothing of one whose passphrase is given", async () => {
    file.text = `Host web1\nIdentityFile ${SHUT}`;
    const connection = { host: "web1", privateKeyPassword: "the passphrase" };
    expect((await checked(connection)).failures).toEqual([]);
  });

  test("of what is not followed, and of a file that cannot be read", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const { owner } = inputs;
    file.text = "Host web1\nInclude x";
    await checked({ host: "web1", password: "x" });
    file.problem = "EACCES";
    const { inputs: olds } = await checked(
      { host: "web1", password: "x" },
      { connection: { host: "web1" }, fromSshConfig: { user: "admin" } },
    );
    expect(olds.fromSshConfig).toEqual({ user: "admin" });
    expect(warn.mock.calls).toEqual([
      [told("a line of ~/.ssh/config that is not followed", { owner, what: "Include" })],
      [told("a ~/.ssh/config that cannot be read", { owner, why: "EACCES" })],
    ]);
  });
});
