import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { homePath, readSshConfig } from "../../provider/host/sshConfig/file";
import { sshConfigLoginFor } from "../../provider/host/sshConfig/login";

const home = vi.hoisted(() => ({ path: "" }));
vi.mock("node:os", async (original) => {
  const os = await original<typeof import("node:os")>();
  return { ...os, userInfo: () => ({ ...os.userInfo(), homedir: home.path }) };
});

const WEB = "Host web1\n  HostName 192.0.2.12\n  Port 2222\n  User admin\n  IdentityFile ~/.ssh/web\n";
const TAKEN = { hostName: "192.0.2.12", port: 2222, user: "admin", identityFiles: ["~/.ssh/web"] };

const VARIABLE = "$" + "{X}/x";

type Case = readonly [what: string, text: string, host: string, value: object | undefined];

const cases: readonly Case[] = [
  ["a Host line", WEB, "web1", TAKEN],
  ["no Host line", WEB, "web2", undefined],
  ["names are not shortened", WEB, "web1.example.com", undefined],
  ["CRLF", WEB.replaceAll("\n", "\r\n"), "web1", TAKEN],
  ["no line break at the end", WEB.trimEnd(), "web1", TAKEN],
  [
    "keywords in any case",
    WEB.replace(/^( *)(\w+)/gm, (_, gap, word) => gap + word.toUpperCase()),
    "web1",
    TAKEN,
  ],
  ["=", WEB.replace(/(\w) (\S+)$/gm, "$1=$2"), "web1", TAKEN],
  ["quotes", WEB.replace(/(\w) (\S+)$/gm, '$1 "$2"'), "web1", TAKEN],
  ["comments", `# Host web1\n${WEB.replaceAll("\n", " # x\n")}`, "web1", TAKEN],
  ["several patterns", "Host a web1\nUser x", "web1", { user: "x" }],
  ["a pattern", "Host web*\nUser x", "web1", { user: "x" }],
  ["a pattern of one letter", "Host web?\nUser x", "web12", undefined],
  ["a dot is a dot", "Host web.1\nUser x", "webx1", undefined],
  ["negation", "Host web* !web1\nUser x", "web1", undefined],
  ["negation of another", "Host web* !web1\nUser x", "web2", { user: "x" }],
  ["Host * alone names nobody", "Host *\nUser x", "web1", undefined],
  ["all but one name nobody", "Host * !web2\nUser x", "web1", undefined],
  ["lines before the first Host name nobody", "User x\n", "web1", undefined],
  ["Host * with one that names", "Host web1\nPort 2\nHost *\nUser x\nPort 3", "web1", { port: 2, user: "x" }],
  ["the first value wins", "Host *\nUser x\nHost web1\nUser y", "web1", { user: "x" }],
  ["lines before the first Host", "User x\nHost web1\nUser y", "web1", { user: "x" }],
  [
    "all identity files",
    "Host web1\nIdentityFile a\nIdentityFile b\n",
    "web1",
    { identityFiles: ["a", "b"] },
  ],
  ["no identity file", "Host web1\nIdentityFile none\nUser x", "web1", { user: "x" }],
  [
    "tokens",
    "Host web1\nHostName %h.example.com\nIdentityFile ~/%n/%h/%%",
    "web1",
    {
      hostName: "web1.example.com",
      identityFiles: ["~/web1/web1.example.com/%"],
    },
  ],
  ["Match is passed over", "Host web1\nUser x\nMatch exec true\nPort 1", "web1", { user: "x" }],
  [
    "a jump",
    "Host web1\nProxyJump ops@192.0.2.9:2200",
    "web1",
    { proxy: { host: "192.0.2.9", user: "ops", port: 2200 } },
  ],
  [
    "a jump by IPv6",
    "Host web1\nProxyJump ops@[2001:db8::9]:2200",
    "web1",
    { proxy: { host: "2001:db8::9", user: "ops", port: 2200 } },
  ],
  [
    "a jump as URL",
    "Host web1\nProxyJump ssh://ops@b.example.com:2200",
    "web1",
    { proxy: { host: "b.example.com", user: "ops", port: 2200 } },
  ],
  [
    "a jump that is an alias",
    `${WEB.replace("web1", "b")}Host web1\nProxyJump ops@b`,
    "web1",
    { proxy: { host: "b", ...TAKEN, user: "ops" } },
  ],
  [
    "Host * is for jumps too",
    "Host web1\nProxyJump b\nHost *\nUser x",
    "web1",
    { user: "x", proxy: { host: "b", user: "x" } },
  ],
  [
    "a jump of its own is none for the bastion",
    "Host b\nProxyJump none\nHost web1\nProxyJump b\nHost *",
    "web1",
    { proxy: { host: "b" } },
  ],
  ["no jump", "Host web1\nProxyJump none\nHost *\nProxyJump b", "web1", {}],
  ["ProxyCommand before a jump", "Host web1\nProxyCommand none\nProxyJump b", "web1", {}],
];

test.each(cases)("%s", (_what, text, host, value) => {
  expect(sshConfigLoginFor(text, host, true)).toEqual({ value, mistakes: [], warnings: expect.anything() });
});

describe("what is wrong", () => {
  test.each([
    ["HostName a b", "HostName `a b`, which is no host"],
    ["HostName %L", "HostName `%L`, which is no host"],
    ["HostName -oProxyCommand=x", "HostName `-oProxyCommand=x`, which is no host"],
    ["Port 0", "Port `0`, which is no port"],
    ["Port ssh", "Port `ssh`, which is no port"],
    ["ProxyJump a,b", "ProxyJump `a,b`: one bastion is supported, not several"],
    ["ProxyJump far", "ProxyJump `far`, which has a ProxyJump itself: one bastion is supported, not several"],
    ["ProxyJump %h", "ProxyJump `%h`, which is no [user@]host[:port]"],
    ["ProxyJump a:0", "ProxyJump `a:0`, which is no [user@]host[:port]"],
    ["ProxyJump odd", "ProxyJump `odd`, and for that Port `x`, which is no port"],
  ])("%s", (line, mistake) => {
    const text = `Host web1\n${line}\nHost far\nProxyJump b\nHost odd\nPort x\n`;
    expect(sshConfigLoginFor(text, "web1", true).mistakes).toEqual([mistake]);
  });
});

describe("what is not followed", () => {
  test.each([
    ["Host web1\nInclude x", "web1", ["Include"]],
    ["Match host web1\nUser x\nHost web1", "web1", ["Match"]],
    ["Host web1\nInclude y\nMatch exec x", "web1", ["Include", "Match"]],
    ["Include x", "web1", ["Include"]],
    ["Include x", "web1.example.com", []],
    ["Host web1\nProxyCommand nc %h %p", "web1", ["ProxyCommand"]],
    ["Host web1\nProxyCommand none\nHostKeyAlias x", "web1", ["HostKeyAlias"]],
    ["Host web1\nUser %u", "web1", ["User %u: of its tokens only %h, %n, %% and ~ are"]],
    ["Host web1\nIdentityFile %d/x", "web1", ["IdentityFile %d/x: of its tokens only %h, %n, %% and ~ are"]],
    [
      `Host web1\nIdentityFile ${VARIABLE}`,
      "web1",
      [`IdentityFile ${VARIABLE}: of its tokens only %h, %n, %% and ~ are`],
    ],
    ["Host web1\nProxyCommand portknock proxy %h %p", "web1", []],
    [WEB, "web1", []],
  ])("%j for %s", (text, host, warnings) => {
    expect(sshConfigLoginFor(text, host, true).warnings).toEqual(
      warnings.map((what) => `does not follow ${what}`),
    );
  });

  test("a jump, where the bastion is given", () => {
    const { value, warnings } = sshConfigLoginFor("Host web1\nProxyJump a,b", "web1", false);
    expect({ value, warnings }).toEqual({ value: {}, warnings: ["does not follow ProxyJump"] });
  });
});

test("a command in the file is never run", () => {
  const marker = join(tmpdir(), `portknock-match-${process.pid}`);
  sshConfigLoginFor(`Host web1\nMatch exec "touch ${marker}"\nProxyCommand touch ${marker}`, "web1", true);
  expect(() => rmSync(marker)).toThrow(/ENOENT/);
});

describe("the file", () => {
  beforeEach(() => {
    home.path = mkdtempSync(join(tmpdir(), "portknock-home."));
    return () => rmSync(home.path, { recursive: true });
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  const write = (text: string) => {
    mkdirSync(join(home.path, ".ssh"));
    writeFileSync(join(home.path, ".ssh/config"), text, { mode: 0o600 });
  };

  test("is that of the home in passwd, wherever HOME is, as with ssh", () => {
    vi.stubEnv("HOME", "/nowhere");
    write(WEB);
    expect(readSshConfig()).toBe(WEB);
    expect(homePath("~/.ssh/web")).toBe(join(home.path, ".ssh/web"));
    expect(homePath("~other/x")).toBe("~other/x");
  });

  test("says nothing where there is none", () => {
    expect(readSshConfig()).toBeUndefined();
  });

  test("is not taken where others may write it, as with ssh", () => {
    write(WEB);
    chmodSync(join(home.path, ".ssh/config"), 0o622);
    expect(readSshConfig).toThrow("others may write it");
  });

  test("that cannot be read is not an empty one", () => {
    mkdirSync(join(home.path, ".ssh/config"), { recursive: true });
    expect(readSshConfig).toThrow();
  });
});
