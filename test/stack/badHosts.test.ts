import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, startLab } from "../lab/lab";
import { type Situation, told } from "../situations";
import { read, startEvil } from "./evil/evil";
import { useStack } from "./useStack";
import { isOpen, sshDoor, traces } from "./world";

/** For how long, and with how much memory, one host may keep a process from the others. On a machine with much else to do. */
const STILL_MS = 1_000;
const MEGABYTES = 150;

describe("a host that sends more than it should", () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(() => lab?.stop());

  const PASSWORD = "Marked-Password";
  const connectionTo = ({ host, port }: { readonly host: string; readonly port: number }) => ({
    ...{ host, port, privateKey: lab.privateKey, password: PASSWORD, dialErrorLimit: 2 },
  });

  async function readEvil(kind: string) {
    const evil = await startEvil(lab, kind);
    try {
      return await read(lab, connectionTo(evil));
    } finally {
      evil.stop();
    }
  }

  const REFUSED: [kind: string, what: Situation, phase?: string][] = [
    ["endless lines", "too many lines"],
    ["endless characters of three bytes", "too many lines"],
    ["long lines", "too many bytes"],
    ["a line without an end", "a line too long"],
    ["a million words", "a line too long"],
    ["a line of many words", "too many words"],
    ["40,000 rules of a door", "too many lines of a door"],
    ["warnings without number", "too many warnings"],
    ["requests without number", "too much unasked"],
    ["questions without number", "too many questions", "connecting"],
    ["banners without number", "too much before the login", "connecting"],
    ["a flood before SSH", "too much before the login", "connecting"],
    ["a huge host key", "a host key too large", "connecting"],
    ["packets of no size", "packets too small"],
    ["packets of a byte", "packets too small"],
  ];

  test.each(REFUSED)("%s: %s", async (kind, what, phase: string = "reading") => {
    const { code, message, stillMs, megabytes } = await readEvil(kind);
    const expected = told("a bad host", { host: "127.0.0.1", phase, what: told(what) });
    expect({ code, message }).toEqual({ code: "script", message: expected });
    expect(stillMs).toBeLessThan(STILL_MS);
    expect(megabytes).toBeLessThan(MEGABYTES);
  });

  const NOISY: [kind: string, what: Situation][] = [
    ["yes in .bashrc", "noise before the script"],
    ["yes on stderr", "noise on stderr"],
    ["stderr byte by byte", "noise on stderr"],
  ];

  test.each(NOISY)("%s: %s", async (kind, what) => {
    const { code, message, stillMs, megabytes } = await readEvil(kind);
    expect({ code, message }).toEqual({ code: "script", message: expect.stringContaining(told(what)) });
    expect(stillMs).toBeLessThan(STILL_MS);
    expect(megabytes).toBeLessThan(MEGABYTES);
  });

  test.each([
    { kind: "fine", rules: 0 },
    { kind: "NUL and no UTF-8", rules: 1 },
    { kind: "a channel that stays open", rules: 0 },
    { kind: "a flood after the end", rules: 0 },
  ])("$kind: the answer counts, as soon as it is there", async ({ kind, rules }) => {
    const { stillMs, megabytes, seconds, ...result } = await readEvil(kind);
    expect(result).toEqual({ rules });
    expect(seconds).toBeLessThan(10);
    expect(stillMs).toBeLessThan(STILL_MS);
    expect(megabytes).toBeLessThan(MEGABYTES);
  });

  test.each(["compression alone", "a group of its own", "hmac-sha1 alone"])(
    "%s: nothing is agreed on",
    async (kind) => {
      const { code, message, stillMs } = await readEvil(kind);
      expect({ code, message }).not.toEqual({ code: undefined, message: undefined });
      expect(stillMs).toBeLessThan(STILL_MS);
    },
  );

  test.each([
    {
      kind: "a bastion that answers itself",
      host: "192.0.2.77",
      what: told("too much before the login"),
    },
    { kind: "a bastion with requests of its own", host: "127.0.0.1", what: told("too much unasked") },
  ])("$kind: it is named, and ended", async ({ kind, host, what }) => {
    const evil = await startEvil(lab, kind);
    const asked = { host: "192.0.2.77", privateKey: lab.privateKey, proxy: connectionTo(evil) };
    const { code, message, stillMs, megabytes } = await read(lab, asked);
    evil.stop();
    const expected = told("a bad host", { host, phase: "connecting", what });
    expect({ code, message }).toEqual({ code: "script", message: expected });
    expect(stillMs).toBeLessThan(STILL_MS);
    expect(megabytes).toBeLessThan(MEGABYTES);
  });

  test("who is slow for ever has 30 s", async () => {
    const kinds = ["silence", "a byte a second", "a window that never opens"];
    for (const { code, message, seconds } of await Promise.all(kinds.map(readEvil))) {
      expect({ code, message }).toEqual({
        code: "script",
        message: expect.stringContaining(told("no end in time")),
      });
      expect(seconds).toBeLessThan(45);
    }
  });
});

describe("one bad host among others", () => {
  const { lab, stack } = useStack({ hosts: 2 });

  const delays = () => join(lab.dir, "home/delays");

  /** What the process that serves all hosts of the stack was seen to do. */
  async function provider() {
    const seen = await Promise.all(
      (await readdir(delays())).map(async (file) => JSON.parse(await readFile(join(delays(), file), "utf8"))),
    );
    const [found] = seen.filter(({ args }) => args.join(" ").includes("dynamic-provider"));
    return found as { readonly stillMs: number; readonly megabytes: number };
  }

  test.each(["endless lines", "a line without an end", "yes on stderr"])(
    "%s: an `up` makes the doors of the others",
    async (kind) => {
      await mkdir(delays(), { recursive: true });
      const before = await Promise.all(lab.hosts.map(traces));
      const evil = await startEvil(lab, kind);
      const { host, port } = evil;
      const [first, second] = lab.hosts.map((host) => sshDoor(lab, host));
      await stack.declare({
        first: { ...first },
        evil: { ...first, connection: { host, port, privateKey: lab.privateKey, dialErrorLimit: 2 } },
        second: { ...second },
      });
      const { stdout, stderr, code } = await stack.exec(
        ["pulumi", "up", "--yes", "--skip-preview", "--continue-on-error", "--color", "never"],
        { env: { NODE_OPTIONS: `--require ${join(__dirname, "evil/delay.cjs")}`, DELAYS: delays() } },
      );
      evil.stop();
      expect(code).not.toBe(0);
      if (kind === "endless lines") {
        expect(stdout + stderr).toContain(
          told("a bad host, while it changes", { host, what: told("too many lines") }),
        );
      }
      expect((await stack.doors()).map(({ urn }) => urn.split("::").at(-1)).sort()).toEqual([
        "first",
        "second",
      ]);
      await expect
        .poll(() => Promise.all(lab.hosts.map(({ ipv4 }) => isOpen(lab, ipv4))), { timeout: 10_000 })
        .toEqual([false, false]);
      const { stillMs, megabytes } = await provider();
      console.log(`${kind}: not heard for ${stillMs} ms at most, ${megabytes} MB`);
      expect(stillMs).toBeLessThan(STILL_MS);
      expect(megabytes).toBeLessThan(400);
      await stack.destroy();
      await expect.poll(() => Promise.all(lab.hosts.map(traces)), { timeout: 10_000 }).toEqual(before);
    },
  );

  test("portknock status says so as well", async () => {
    const evil = await startEvil(lab, "endless lines", await keyOf("status"));
    await mkdir(join(lab.controller.home, ".ssh"), { recursive: true });
    const publicKey = await readFile(`${join(lab.dir, "home/status")}.pub`, "utf8");
    await writeFile(
      join(lab.controller.home, ".ssh/known_hosts"),
      `[127.0.0.1]:${evil.port} ${publicKey.trim()}\n`,
    );
    const asked = ["status", "127.0.0.1", "--port", String(evil.port), "-i", lab.privateKeyFile];
    const { stderr, code } = await stack.exec(["portknock", ...asked]);
    evil.stop();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(told("too many lines of status")),
    });
  });

  test("a pulumi that prints without end is ended", async () => {
    const folder = join(lab.dir, "home/bin");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "pulumi"), "#!/bin/sh\nexec yes yesyesyesyesyesyesyesyes\n", {
      mode: 0o755,
    });
    const path = `${folder}:${process.env.PATH}`;
    for (const command of [["status"], ["knock", "x"]]) {
      const portknock = join(__dirname, "../../dist/client/main.js");
      const asked = [process.execPath, portknock, ...command, "--stack", "test"];
      const { stderr, code } = await lab.controller.exec(asked, { env: { PATH: path } });
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringContaining(told("pulumi prints too much")),
      });
    }
  });

  /** A new host key's file. */
  async function keyOf(name: string): Promise<string> {
    const file = join(lab.dir, "home", name);
    await lab.controller.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file]);
    return file;
  }
});
