import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parseArguments } from "../../provider/client/command/parse";
import { commands } from "../../provider/client/commands";
import { UsageError } from "../../provider/client/usageError";
import { hostMistake } from "../../provider/policy/hostMistake";
import { told } from "../situations";

const home = mkdtempSync(join(tmpdir(), "usage-"));
afterAll(() => rmSync(home, { recursive: true }));

/** Runs the command as it is installed, with a home of its own. */
function portknock(...args: string[]) {
  return portknockBeside(process.env.PATH, ...args);
}

/** The same, where those other commands are. */
function portknockBeside(PATH: string | undefined, ...args: string[]) {
  const main = join(__dirname, "../../dist/client/main.js");
  const env = { PATH, HOME: home };
  const ended = spawnSync(process.execPath, [main, ...args], { encoding: "utf8", env, input: "{}" });
  return { stdout: ended.stdout, stderr: ended.stderr, code: ended.status };
}

/** What the command line says of its arguments, without a process for each. */
async function mistakeIn(...[name = "", ...args]: string[]): Promise<string | undefined> {
  const command = await commands[name as keyof typeof commands]?.load();
  try {
    if (command) parseArguments(command, args);
    return undefined;
  } catch (error) {
    return error instanceof UsageError ? error.message : String(error);
  }
}

const file = (name: string, content: unknown) => {
  const path = join(home, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 });
  return path;
};
const door = [{ protocol: "tcp", ports: [22] }];
const sequence = [{ protocol: "tcp", port: 41_287 }];
const policy = file("policy.json", { sequence, door });
const knock = ["knock", "192.0.2.1", "--sequence", "tcp/41287"];
const PORT = { what: "a port", min: 1, max: 65_535 };

/** Each option and argument that is a number, and what it takes. */
const numbers: readonly {
  readonly name: string;
  readonly args: string[];
  readonly more?: string[];
  readonly what: string;
  readonly min: number;
  readonly max: number;
}[] = [
  { name: "--port", args: knock, ...PORT },
  { name: "--port", args: ["run", "192.0.2.1", "--sequence", "tcp/41287"], more: ["--", "true"], ...PORT },
  { name: "--port", args: ["export", "192.0.2.1", "--sequence", "tcp/41287", "--format", "shell"], ...PORT },
  { name: "--port", args: ["status", "192.0.2.1"], ...PORT },
  { name: "--delay", args: knock, what: "milliseconds", min: 0, max: 60_000 },
  { name: "--timeout", args: knock, what: "seconds", min: 1, max: 3_600 },
  {
    name: "--timeout",
    args: ["proxy", "192.0.2.1", "22", "--sequence", "tcp/41287"],
    what: "seconds",
    min: 1,
    max: 3_600,
  },
  {
    name: "--list-slots",
    args: ["check", policy],
    ...{ what: "the sources that a list holds", min: 1, max: 999_999_999 },
  },
];

const notNumbers = ["-1", "NaN", "Infinity", "1e3", "5s", "", " 5", "1.5", "0x10", "٣"];

describe("a number that is none, or out of its range", () => {
  test.each(numbers)("$args.0 $name", async ({ name, args, more = [], what, min, max }) => {
    const wrong = [...notNumbers, String(max + 1), ...(min > 0 ? [String(min - 1)] : [])];
    const said = told("a wrong number", { name, what, min, max });
    for (const value of wrong)
      expect(await mistakeIn(...args, `${name}=${value}`, ...more), value).toBe(said);
    const { stdout, stderr, code } = portknock(...args, `${name}=${wrong[0]}`, ...more);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
    expect(stderr.split("\n")[0]).toBe(`portknock: ${said}`);
  });

  test("the port of proxy is one too", () => {
    const { stderr, code } = portknock("proxy", "192.0.2.1", "70000", "--sequence", "tcp/41287");
    expect(code).toBe(2);
    expect(stderr).toContain(told("a wrong number", { name: "PORT", ...PORT }));
  });
});

const hosts = [
  { text: "192.0.2.12:22", mistakes: "PORT" },
  { text: "web.example.com:22", mistakes: "PORT" },
  { text: "root@192.0.2.12", mistakes: "USER" },
  { text: "root@192.0.2.12:22", mistakes: "USER, PORT" },
  { text: "ssh://192.0.2.12", mistakes: "it is no URL" },
  { text: "ssh://root:secret@192.0.2.12:2222/", mistakes: "it is no URL, USER, PORT, it has no path" },
  { text: "192.0.2.12/24", mistakes: "it has no path" },
  { text: "[2001:db8::1]:22", mistakes: "an IPv6 address stands here as 2001:db8::1, PORT" },
  { text: "192.0.2.12 22", mistakes: "there is no space in it" },
];

describe("what is more than a host", () => {
  const texts = {
    login: { USER: "the user belongs in `user`", PORT: "the port belongs in `port`" },
    approach: { USER: "a knock has no user", PORT: "the port belongs in `port`" },
    argument: { USER: "a knock has no user", PORT: "the port belongs in --port" },
  } as const;

  test.each(hosts)("$text", ({ text, mistakes }) => {
    for (const where of ["login", "approach", "argument"] as const) {
      const { USER, PORT: port } = texts[where];
      const named = mistakes.replace("USER", USER).replace("PORT", port);
      expect(hostMistake(text, where)).toBe(told("more than a host", { mistakes: named }));
    }
  });

  test.each(hosts)("$text, on every command line", async ({ text, mistakes }) => {
    const { USER, PORT: port } = texts.argument;
    const said = told("more than a host", { mistakes: mistakes.replace("USER", USER).replace("PORT", port) });
    for (const args of [
      ["run", text, "--", "true"],
      ["proxy", text, "22"],
      ["export", text, "--format", "shell"],
      ["status", text],
    ])
      expect(await mistakeIn(...args, "--sequence", "tcp/41287"), args[0]).toBe(`the host ${said}`);
    const { stderr, code } = portknock("knock", text, "--sequence", "tcp/41287");
    expect({ code, line: stderr.split("\n")[0] }).toEqual({ code: 2, line: `portknock: the host ${said}` });
    expect(stderr).not.toMatch(/secret|192\.0\.2\.12/);
  });

  test.each(["192.0.2.12", "2001:db8::1", "fe80::1%eth0", "web", "web-1.example.com"])("not %s", (text) => {
    expect(hostMistake(text, "login")).toBeUndefined();
  });

  test("brackets around an address are taken off", () => {
    const { stdout, code } = portknock(
      ...["export", "[2001:db8::1]", "--format", "shell", "--sequence", "tcp/41287"],
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^h='?2001:db8::1'?;/);
  });
});

/** Each way in which a command ends without a connection, and its exit code. */
const ends: readonly (readonly [string, number, string[]])[] = [
  ["the version", 0, ["--version"]],
  ["help", 0, ["--help"]],
  ["a command's help", 0, ["knock", "--help"]],
  ["no command", 2, []],
  ["an unknown command", 2, ["knok"]],
  ["an unknown option", 2, ["knock", "192.0.2.1", "--prot", "22"]],
  ["an option without its value", 2, ["knock", "192.0.2.1", "--port"]],
  ["no host", 2, ["knock"]],
  ["two hosts", 2, ["knock", "192.0.2.1", "192.0.2.2"]],
  ["an option with a value too many", 2, ["knock", "192.0.2.1", "--json=yes"]],
  ["no sequence known", 2, ["knock", "192.0.2.1"]],
  ["a sequence of another form", 2, ["knock", "192.0.2.1", "--sequence", "7000"]],
  ["both families alone", 2, [...knock, "-4", "-6"]],
  ["both documents alone", 2, ["render", policy, "-4", "-6"]],
  ["run without a command", 2, ["run", "192.0.2.1", "--sequence", "tcp/41287"]],
  ["export to an unknown format", 2, ["export", "192.0.2.1", "--format", "toString"]],
  ["explain in an unknown format", 2, ["explain", policy, "--format", "toString"]],
  ["completion of an unknown shell", 2, ["completion", "ksh"]],
  ["a derivation that is not there", 2, ["knock", "192.0.2.1", "--derivation", join(home, "none")]],
  ["a key that is not there", 2, ["status", "192.0.2.1", "-i", join(home, "none")]],
  ["a policy that is not there", 2, ["check", join(home, "none")]],
  ["a policy that is no JSON", 1, ["check", file("no.json", "{")]],
  ["a policy with a wrong field", 1, ["check", file("wrong.json", { sequence, door, prot: 1 })]],
  ["a policy as good as open", 1, ["check", policy]],
  ["a name that does not resolve", 1, ["knock", "no-such-host.invalid", "--sequence", "tcp/1"]],
  ["documents", 0, ["render", policy]],
  ["one document", 0, ["render", policy, "-4"]],
];

test.each(ends)("%s: exit code %i", (_what, code, args) => {
  const ended = portknock(...args);
  expect(ended.code, ended.stderr).toBe(code);
  if (code !== 0) expect(ended.stderr).not.toMatch(/^ {4}at |node:internal|ENOENT/m);
});

test("without pulumi --stack ends at once", () => {
  const began = performance.now();
  const { stderr, code } = portknockBeside(home, "knock", "192.0.2.1", "--stack", "s");
  expect(code).toBe(2);
  expect(stderr).toContain("--stack needs the command pulumi");
  // What it would have waited for pulumi is two minutes.
  expect(performance.now() - began).toBeLessThan(20_000);
}, 150_000);

test("--version is the package's", () => {
  const { version } = JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8"));
  expect(portknock("--version")).toEqual({ stdout: `${version}\n`, stderr: "", code: 0 });
});

test("--json has an object also for what fails before the first knock", () => {
  const { stdout, code } = portknock("knock", "192.0.2.1", "--json");
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ open: false, code: "usage" });
});

test("--json has one for a wrong number too", () => {
  const { stdout, code } = portknock(...knock, "--json", "--port", "70000");
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ open: false, code: "usage" });
});

test("--help of a command for the host is that command's", () => {
  const { stdout } = portknock("ssh", "-F", "none", "no-such-host.invalid", "df", "--help");
  expect(stdout).toBe("");
  expect(portknock("ssh", "--help", "h").stdout).toMatch(/^portknock ssh /);
});

test("brackets hide no option of ssh", () => {
  const config = file("ssh_config", "Host *\n  HostName no-such-host.invalid\n");
  const { stderr } = portknock("ssh", "--sequence", "tcp/41287", `[-F${config}]`, "192.0.2.1");
  expect(stderr).not.toContain("no-such-host.invalid");
});

test.each([
  ["127.0.0.1:22", "the port belongs in -p"],
  ["root@web.example.com:2222", "the port belongs in -p"],
])("ssh %s: a port behind the host is answered with the option for it", (host, mistakes) => {
  const { stderr, code } = portknock("ssh", "-F", "none", "--sequence", "tcp/41287", host);
  expect(code).toBe(2);
  expect(stderr).toContain(`the host ${told("more than a host", { mistakes })}`);
});

test.each([
  ["-l", "x"],
  ["-i", "x"],
  ["--port", "22"],
  ["--sudo"],
  ["--sequence", "tcp/41287"],
  ["--policy", "x"],
])("status --stack refuses %s, which it would not use", (...option) => {
  const { stderr, code } = portknockBeside(home, "status", ...option, "--stack", "s");
  expect(code).toBe(2);
  expect(stderr).toContain(
    told("options that exclude each other", { one: option[0] ?? "", other: "--stack" }),
  );
  expect(stderr).not.toContain("41287");
});

test("the list of commands fits on a screen, and help of a command is asked for in three ways", () => {
  expect(portknock("help").stdout.split("\n").length).toBeLessThanOrEqual(24);
  const { stdout } = portknock("knock", "--help");
  expect(portknock("help", "knock").stdout).toBe(stdout);
  expect(portknock("--help", "knock").stdout).toBe(stdout);
});
