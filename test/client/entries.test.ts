import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HOSTILE, obeyedIn } from "../hostile";
import { told } from "../situations";

/** Where names come into the command from outside, and what is printed of files that are wrong. */

const SECRET = "tcp/41287,tcp/23911";
const door = { host: "192.0.2.1", sequence: SECRET, door: ["tcp/22"] };
const passable = HOSTILE.filter((text) => !text.includes("\0") && !/\p{Cs}/u.test(text));

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "entries-"));
  mkdirSync(join(home, "portknock"));
  mkdirSync(join(home, "bin"));
});
afterEach(() => rmSync(home, { recursive: true }));

function portknock(...args: string[]) {
  const env = {
    ...process.env,
    XDG_CONFIG_HOME: home,
    PATH: `${home}/bin:${process.env.PATH}`,
    PORTKNOCK_SEQUENCE: "",
  };
  const main = join(__dirname, "../../dist/client/main.js");
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...args], {
    env,
    encoding: "utf8",
    cwd: home,
  });
  expect(obeyedIn(stdout + stderr, "lines")).toEqual([]);
  expect(stdout + stderr).not.toMatch(/41287|23911/);
  return { stdout, stderr, status };
}

function configure(text: string): string {
  const path = join(home, "portknock/config.json");
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** What `pulumi stack …` prints. */
function pulumiPrints(text: string, code = 0, stderr = ""): void {
  writeFileSync(join(home, "bin/out"), text);
  writeFileSync(join(home, "bin/err"), stderr);
  const script = `#!/bin/sh\ncat ${home}/bin/out; cat ${home}/bin/err >&2; exit ${code}\n`;
  writeFileSync(join(home, "bin/pulumi"), script, { mode: 0o755 });
}

test("a configuration with names that are none is refused, each by its place, and completes nothing", () => {
  const path = configure(
    JSON.stringify({ doors: [door, ...HOSTILE.map((name) => ({ ...door, name, host: name }))] }),
  );
  const { stderr, status } = portknock("export", "192.0.2.1", "--format", "ssh-config", "--command", "here");
  expect(status).toBe(2);
  const lines = HOSTILE.map((_, index) =>
    told("configured door of a hostile name", { place: `doors[${index + 1}]` }),
  );
  expect(stderr).toContain([told("configuration that is wrong", { path }), ...lines].join("\n"));
  const { stdout } = portknock("completion", "words", "--", "ssh");
  expect(stdout.split("\n").filter((line) => !line.startsWith("-"))).toEqual([""]);
});

test.each(["knock", "run", "export", "proxy"])("%s takes no host of a hostile name", (command) => {
  const more =
    { knock: [], run: ["--", "true"], export: ["--format", "shell"], proxy: ["22"] }[command] ?? [];
  for (const text of [...passable.slice(0, 6), "x\n", "\x1b]52;c;eA==\x07"]) {
    const { stderr, status } = portknock(command, "--sequence", "tcp/1", text, ...more);
    expect(status, text).toBe(2);
    const [, mistakes] = /alone: (.*)/.exec(stderr) ?? [];
    const rule = told("host of a hostile name");
    expect(stderr).toContain(mistakes === undefined ? rule : told("more than a host", { mistakes }));
  }
});

/** The block for ~/.ssh/config of a host of the stack. */
function exportSshConfig(host: string) {
  return portknock("export", host, ...["--stack", "s", "--format", "ssh-config", "--command", "here"]);
}

test("the outputs of an older release's stack are read, their names as doors may have them", () => {
  pulumiPrints(JSON.stringify({ deep: [{ doors: [{ ...door, name: "$(touch x)" }] }] }));
  const { stdout } = exportSshConfig("__touch_x_");
  expect(stdout).toBe("Host __touch_x_\n  HostName 192.0.2.1\n  ProxyCommand here proxy %h %p\n");
});

test("a host of a stack's outputs that is none is refused by its place", () => {
  pulumiPrints(JSON.stringify({ one: { doors: [{ ...door, host: "x\n  ProxyCommand touch x" }] } }));
  const { stderr, status } = exportSshConfig("h");
  expect(status).toBe(2);
  expect(stderr).toContain(told("stack's door of a hostile host"));
});

test.each([
  [
    "what pulumi prints is no JSON",
    () => pulumiPrints(`{"doors": [${SECRET}`),
    "stack outputs that are no JSON",
  ],
  ["pulumi fails, with escapes", () => pulumiPrints("", 1, "\x1b]52;c;eA==\x07no stack"), "pulumi fails"],
] as const)("%s: said, plain, and no text is shown", (_, prepare, situation) => {
  prepare();
  const { stderr, status } = portknock("knock", "192.0.2.1", "--stack", "s");
  expect(status).toBe(1);
  expect(stderr).toContain(told(situation));
});

test.each([
  ["no resource", { deployment: {} }, "the stack has no door\n"],
  [
    "a door without outputs",
    { deployment: { resources: [{ type: "d:PortKnock", urn: "\x1b[31mu" }] } },
    "the state of \\x1b[31mu is not understood: door, connection",
  ],
])("status of a stack whose state has %s", (_, state, words) => {
  pulumiPrints(JSON.stringify(state));
  expect(portknock("status", "--stack", "s").stderr).toContain(words);
});

test("what a configured door knocks with is text, and there is something", () => {
  const ports = { host: "192.0.2.1", door: ["tcp/22"] };
  const tokens = { port: 41_287, tokens: [["x"]] };
  const path = configure(
    JSON.stringify({ doors: [{ ...ports, sequence: ["tcp/41287"] }, ports, { ...ports, oneTime: tokens }] }),
  );
  const { stderr, status } = portknock("knock", "192.0.2.1");
  expect(status).toBe(2);
  expect(stderr).toContain(
    [
      told("configuration that is wrong", { path }),
      "doors[0].sequence: must be text such as tcp/PORT,udp/PORT,icmp/BYTES",
      "doors[1]: must have one of sequence, derivation, oneTime: without one nothing opens the door",
      "doors[2].oneTime: must have a UDP `port`",
    ].join("\n"),
  );
});

test("a configuration and a derivation that are no JSON are not shown", () => {
  configure(`{"doors": [{"sequence": ${SECRET}`);
  expect(portknock("knock", "192.0.2.1").stderr).toContain("cannot be read as JSON");
  const file = join(home, "derivation.json");
  writeFileSync(file, `{"master": ${SECRET}`, { mode: 0o600 });
  expect(portknock("knock", "192.0.2.1", "--derivation", file).stderr).toContain("cannot be read as JSON");
  writeFileSync(
    file,
    JSON.stringify({ version: 1, master: SECRET, door: "\x1b]52;c;eA==\x07", host: "a\nb" }),
    { mode: 0o600 },
  );
  expect(portknock("knock", "192.0.2.1", "--derivation", file).stderr).toContain(
    "is not a derivation: door, host,",
  );
});

test("arguments and file names with escapes are printed plain", () => {
  const calls = [[], ["knock"], ["knock", "192.0.2.1"], ["check"], ["status"]];
  for (const [index, text] of passable.entries()) portknock(...(calls[index % calls.length] ?? []), text);
  const escapes = "\x1b]52;c;eA==\x07\u202e\x9b2J";
  for (const call of calls) portknock(...call, escapes);
}, 120_000);
