import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { tokensFirst } from "../../provider/client/usedTokens";
import { exampleTokens } from "../../provider/derive/tokenDrawing";
import { clientDoor, configFailures } from "../../provider/policy/clientConfig";
import { formatToken, parseToken, tokenStep } from "../../provider/policy/tokens";
import type { Sequence } from "../../provider/policy/types";
import { told } from "../situations";

const list = exampleTokens({ tokens: 7, port: 40_001 });
const oneTime = { port: 40_001, tokens: list.tokens.map(formatToken) };
const SEQUENCE: Sequence = [{ protocol: "tcp", port: 7000 }];

let folder: string;
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "client-"));
  vi.stubEnv("XDG_CONFIG_HOME", folder);
  said = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const used = () => readdirSync(join(folder, "portknock/used-tokens"));
/** What is sent for so many tries over IPv4. */
const sent = (knockAt: ReturnType<typeof tokensFirst>, tries: number) =>
  Array.from({ length: tries }, (_, index) => knockAt({ family: 4, tries: index, round: index }));

test("each try takes the next token, which is marked before it is returned, and never taken again", () => {
  const knockAt = tokensFirst(oneTime, "web", []);
  const [first] = sent(knockAt, 1);
  expect(used()).toHaveLength(1);
  const later = [...sent(knockAt, 3).slice(1), ...sent(tokensFirst(oneTime, "web", []), 3)];
  expect(new Set([first, ...later].map((one) => JSON.stringify(one))).size).toBe(6);
  expect(said[0]).toBe("portknock: 6 one-time tokens left for web\n");
  expect(said.at(-1)).toBe("portknock: 1 one-time token left for web\n");
  for (const name of used()) expect(name).toMatch(/^[0-9a-f]{32}$/);
  expect(statSync(join(folder, "portknock/used-tokens")).mode & 0o777).toBe(0o700);
});

test("a try over both families takes one token, in the form of each", () => {
  const knockAt = tokensFirst(oneTime, "web", []);
  const [over4] = knockAt({ family: 4, tries: 0, round: 0 }) ?? [];
  const [over6] = knockAt({ family: 6, tries: 0, round: 0 }) ?? [];
  const token = list.tokens.find(
    (one) => JSON.stringify(tokenStep(one, 40_001, "ipv4")) === JSON.stringify(over4),
  );
  expect(token && tokenStep(token, 40_001, "ipv6")).toEqual(over6);
  expect(used()).toHaveLength(1);
});

test("after five tokens the sequence comes, or nothing", () => {
  expect(sent(tokensFirst(oneTime, "web", []), 6).at(-1)).toBeUndefined();
  expect(used()).toHaveLength(5);
  expect(sent(tokensFirst(oneTime, "web", [SEQUENCE]), 4).slice(2)).toEqual([SEQUENCE, SEQUENCE]);
});

test("with none left there is the sequence, or an error that says what to do", () => {
  sent(tokensFirst(oneTime, "web", []), 5);
  sent(tokensFirst(oneTime, "web", []), 2);
  expect(sent(tokensFirst(oneTime, "web", [SEQUENCE]), 1)).toEqual([SEQUENCE]);
  expect(() => tokensFirst(oneTime, "web", [])).toThrow(told("no token is left", { host: "web" }));
});

test("with none left, a format that has no knock in it is still written", () => {
  sent(tokensFirst(oneTime, "web", []), 5);
  sent(tokensFirst(oneTime, "web", []), 2);
  const door = clientDoor("web", "192.0.2.11", { tokens: list }, [{ protocol: "tcp", ports: [22] }]);
  writeFileSync(join(folder, "portknock/config.json"), JSON.stringify({ doors: [door] }), { mode: 0o600 });
  const portknock = (...args: string[]) => {
    const env = { ...process.env, XDG_CONFIG_HOME: folder, PORTKNOCK_SEQUENCE: "" };
    const main = join(__dirname, "../../dist/client/main.js");
    return spawnSync(process.execPath, [main, ...args], { encoding: "utf8", env });
  };
  expect(portknock("export", "web", "--format", "ssh-config", "--command", "here")).toMatchObject({
    stdout: "Host web\n  HostName 192.0.2.11\n  ProxyCommand here proxy %h %p\n",
    status: 0,
  });
  expect(portknock("proxy", "web", "22").stderr).toContain(told("no token is left", { host: "web" }));
  expect(used()).toHaveLength(7);
});

test("one that cannot be marked is not sent", () => {
  mkdirSync(join(folder, "portknock"));
  writeFileSync(join(folder, "portknock/used-tokens"), "");
  expect(() => sent(tokensFirst(oneTime, "web", []), 1)).toThrow(
    /cannot be marked as used, so none was sent/,
  );
});

test("a token is one text, and a door's entry has those that nobody has used", () => {
  for (const token of list.tokens) {
    const { name, secrets } = token;
    expect(parseToken(formatToken(token))).toEqual({ name, secrets });
  }
  expect(parseToken(`${"0".repeat(71)}g`)).toBeUndefined();
  const seen = {
    ...list,
    tokens: list.tokens.map((token, place) => (place < 3 ? { ...token, isUsed: true as const } : token)),
  };
  const door = clientDoor("web", "192.0.2.11", { tokens: seen }, [{ protocol: "tcp", ports: [8443] }]);
  expect(door).toMatchObject({ oneTime: { port: 40_001, tokens: oneTime.tokens.slice(3) } });
  expect(configFailures({ doors: [door] })).toEqual([]);
  expect(configFailures({ doors: [{ ...door, oneTime: { port: 0, tokens: ["x"] } }] })).toEqual([
    {
      property: "doors[0].oneTime",
      reason: "must have a UDP `port`, and `tokens` as the provider puts them out",
    },
  ]);
});
