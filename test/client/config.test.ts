import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { ClientDoor } from "../../provider/policy/clientConfig";

const folder = mkdtempSync(join(tmpdir(), "config-"));
afterAll(() => rmSync(folder, { recursive: true }));

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(folder, "home-"));
});

/** A pulumi that prints the state of `shop/prod`, and writes down how it was called. */
function fakePulumi(outputs: unknown): void {
  const root = {
    urn: "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod",
    type: "pulumi:pulumi:Stack",
    outputs,
  };
  writeFileSync(join(home, "state.json"), JSON.stringify({ deployment: { resources: [root] } }));
  const script = `#!/bin/sh\necho "$@" >>${home}/called\n[ "$2" = export ] && cat ${home}/state.json\ncat >>${home}/stdin\nexit 0\n`;
  writeFileSync(join(home, "pulumi"), script);
  chmodSync(join(home, "pulumi"), 0o755);
}

function portknock(args: readonly string[], cwd = home) {
  const main = join(__dirname, "../../dist/client/main.js");
  const env = { PATH: `${home}:/usr/bin:/bin`, HOME: home };
  return spawnSync(process.execPath, [main, ...args], { encoding: "utf8", env, cwd, input: "" });
}

const door = (name: string, host: string, more: Partial<ClientDoor> = {}): ClientDoor => ({
  name,
  host,
  sequence: "tcp/41287,udp/23911",
  door: ["tcp/22"],
  ...more,
});

const file = () => join(home, ".config/portknock/config.json");
const doors = () => (JSON.parse(readFileSync(file(), "utf8")) as { doors: ClientDoor[] }).doors;

describe("portknock config", () => {
  test("makes the folder and the file, for this user alone", () => {
    fakePulumi({ clientConfig: { doors: [door("web", "192.0.2.11")] } });
    const { stderr, status } = portknock(["config", "--stack", "prod"]);
    expect({ stderr, status }).toEqual({ stderr: `${file()} has the doors of shop/prod: web\n`, status: 0 });
    expect(doors()).toEqual([door("web", "192.0.2.11", { stack: "shop/prod" })]);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(join(file(), "..")).mode & 0o777).toBe(0o700);
  });

  test("replaces the doors of this stack, and keeps those of others", () => {
    fakePulumi({ clientConfig: { doors: [door("web", "192.0.2.11"), door("old", "192.0.2.12")] } });
    portknock(["config"]);
    const others = [door("other", "192.0.2.21", { stack: "shop/test" }), door("hand", "192.0.2.31")];
    const unnamed = door("web", "192.0.2.11");
    writeFileSync(file(), JSON.stringify({ doors: [...others, unnamed, ...doors()] }));
    fakePulumi({ clientConfig: { doors: [door("web", "192.0.2.11", { sequence: "tcp/50342,udp/31007" })] } });
    const { stderr } = portknock(["config"]);
    expect(stderr).toContain("; others: 2");
    expect(doors()).toEqual([
      ...others,
      door("web", "192.0.2.11", { sequence: "tcp/50342,udp/31007", stack: "shop/prod" }),
    ]);
  });

  test.each([
    ["no output is a clientConfig", { rules: ["-A"] }, /^portknock: no output of the stack shop\/prod/],
    [
      "a clientConfig is wrong",
      { c: { doors: [{ ...door("web", "192.0.2.11"), door: ["22"] }] } },
      /doors\[0\]\.door/,
    ],
  ])("writes nothing where %s, and shows no knock", (_name, outputs, message) => {
    fakePulumi(outputs);
    const { stderr, status } = portknock(["config"]);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("41287");
    expect(existsSync(file())).toBe(false);
  });

  test("does not touch a file that others may read", () => {
    fakePulumi({ clientConfig: { doors: [door("web", "192.0.2.11")] } });
    portknock(["config"]);
    chmodSync(file(), 0o644);
    expect(portknock(["config"])).toMatchObject({ status: 2 });
    expect(statSync(file()).mode & 0o777).toBe(0o644);
  });
});

describe("portknock init", () => {
  const KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nsecret-part\n-----END OPENSSH PRIVATE KEY-----\n";

  test("hands the key to pulumi on stdin, and prints it nowhere", () => {
    fakePulumi({});
    writeFileSync(join(home, "key"), KEY);
    const project = mkdtempSync(join(home, "project-"));
    const args = [
      "init",
      "web=192.0.2.11",
      "db-2=192.0.2.12",
      "-i",
      join(home, "key"),
      "-l",
      "ops",
      "--rotate",
      "12h",
    ];
    const { stdout, stderr, status } = portknock(args, project);
    expect(status, stderr).toBe(0);
    expect(readFileSync(join(home, "stdin"), "utf8")).toBe(KEY);
    const written = ["index.ts", "Pulumi.yaml", "tsconfig.json"].map((name) =>
      readFileSync(join(project, name), "utf8"),
    );
    expect(stdout + stderr + written.join() + readFileSync(join(home, "called"), "utf8")).not.toContain(
      "secret-part",
    );
    expect(written[0]).toContain('"db-2": { connection: { host: "192.0.2.12" } }');
    expect(written[0]).toContain('user: "ops", sudo: true');
    expect(written[0]).toContain('rotateEvery: "12h"');
    expect(stderr).toContain("npm install @pulumi/pulumi typescript\n");
    expect(stderr).toContain("npx portknock ssh ops@web\n");
  });

  test("without a key the ssh-agent logs in, and nothing is set", () => {
    fakePulumi({});
    const project = mkdtempSync(join(home, "project-"));
    expect(portknock(["init", "192.0.2.11", "--rotate", "never"], project).status).toBe(0);
    const program = readFileSync(join(project, "index.ts"), "utf8");
    expect(program).not.toMatch(/privateKey|rotateEvery|Config\(/);
    expect(readFileSync(join(home, "called"), "utf8")).toBe("stack init dev --non-interactive\n");
  });

  test.each([
    ["no host", [], /init takes at least one host/],
    ["a port behind the host", ["web=192.0.2.11:22"], /^portknock: the host /],
    ["a wrong name", ["we b=192.0.2.11"], /the name of a host/],
    ["a name twice", ["web=192.0.2.11", "web=192.0.2.12"], /same name/],
    ["a key that is none", ["192.0.2.11", "-i", "/etc/hostname"], /has no private key/],
    ["a wrong time", ["192.0.2.11", "--rotate", "monthly"], /--rotate takes a time/],
  ])("writes nothing: %s", (_name, args, message) => {
    fakePulumi({});
    const project = mkdtempSync(join(home, "project-"));
    const { stderr, status } = portknock(["init", ...args], project);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(existsSync(join(project, "index.ts"))).toBe(false);
  });
});
