import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type Derivation, sequencesAt } from "../../provider/derive/derivation";
import { subkeyOf } from "../../provider/derive/keys";
import { formatSequence } from "../../provider/policy/text";

const MASTER = "b2f1d7a4c9e0835566aa01cc7de4f98213579bdf02468ace00112233445566ff";
const settings = {
  version: 1 as const,
  rotateEvery: "1d",
  steps: 4,
  protocols: ["tcp", "udp"] as const,
  ports: ["20000-60999"],
  exclude: [],
  keepers: {},
};
const subject = { door: "acme/fleet/prod/web", host: "192.0.2.11" };
const ofMaster: Derivation = { ...settings, master: MASTER, ...subject };
const ofSubkey = {
  ...settings,
  subkey: Buffer.from(subkeyOf(MASTER, subject)).toString("hex"),
};

const folder = mkdtempSync(join(tmpdir(), "portknock-test."));
afterAll(() => rmSync(folder, { recursive: true }));

const texts = (derivation: Derivation, time: string) =>
  sequencesAt(derivation, Date.parse(time)).map(formatSequence);

test("the master and the subkey of a door compute the same sequences", () => {
  const time = "2026-12-01T10:00:00Z";
  expect(texts(ofMaster, time)).toEqual(texts(ofSubkey, time));
});

test("a client whose clock is wrong by an hour has the host's sequence among its own, wherever in the epoch", () => {
  for (const hour of ["00:10", "00:59", "12:00", "23:01", "23:59"]) {
    const time = Date.parse(`2026-12-01T${hour}:00Z`);
    const [held] = sequencesAt(ofSubkey, time).map(formatSequence);
    for (const error of [-3_600_000, 3_600_000]) {
      expect(sequencesAt(ofSubkey, time + error).map(formatSequence)).toContain(held);
    }
  }
});

test("a client finds the host's sequence until the epoch after the one in which the last up should have been", () => {
  const [held] = texts(ofSubkey, "2026-12-01T10:00:00Z");
  expect(texts(ofSubkey, "2026-12-02T23:59:59Z")).toContain(held);
  expect(texts(ofSubkey, "2026-12-03T00:00:00Z")).not.toContain(held);
});

function render(content: unknown, mode: number) {
  const file = join(folder, `${Math.random()}.json`);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content), { mode });
  const main = join(__dirname, "../../dist/client/main.js");
  const args = [main, "export", "192.0.2.11", "--port", "22", "--format", "shell", "--derivation", file];
  return spawnSync(process.execPath, args, { encoding: "utf8" });
}

test("the command takes a derivation's file", () => {
  const { stdout, stderr, status } = render(ofSubkey, 0o600);
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  const [now = ""] = sequencesAt(ofSubkey, Date.now()).map(formatSequence);
  const printed = spawnSync("sh", ["-s", "print"], { encoding: "utf8", input: stdout });
  expect(printed.stdout, printed.stderr).toBe(`${now}\n`);
});

test.each([
  ["others may read it", ofSubkey, 0o644, /holds secrets, and other users may read or write it/],
  ["it is no JSON", `{"subkey": "${"ab".repeat(32)}"`, 0o600, /cannot be read as JSON/],
  [
    "fields are missing",
    { ...ofSubkey, subkey: "ab", version: 2 },
    0o600,
    /not a derivation: version, subkey missing or wrong/,
  ],
  [
    "it is for nobody",
    { ...settings, master: MASTER },
    0o600,
    /not a derivation: door, host missing or wrong/,
  ],
] as const)("not where %s, and it echoes nothing", (_name, content, mode, reason) => {
  const { stderr, status } = render(content, mode);
  expect(status).toBe(2);
  expect(stderr).toMatch(reason);
  for (const secret of ["abab", MASTER.slice(0, 6), ofSubkey.subkey.slice(0, 6)])
    expect(stderr).not.toContain(secret);
});

test("the client computes without zod", () => {
  const code = `require("${join(__dirname, "../../dist/client/sources/derivation.js")}"); console.log(Object.keys(require.cache).join("\\n"))`;
  const loaded = execFileSync(process.execPath, ["-e", code], { encoding: "utf8" });
  expect(loaded).toContain("dist/client/sources/derivation.js");
  expect(loaded).not.toMatch(/node_modules/);
});
