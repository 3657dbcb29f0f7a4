import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Exported } from "../../provider/client/formats/format";
import { knockOnPorts } from "../../provider/client/formats/knockOnPorts";
import { shell } from "../../provider/client/formats/shell";
import type { Derivation } from "../../provider/derive/derivation";
import { parseSequence } from "../../provider/policy/text";

interface Vector {
  readonly epoch: number;
  readonly subkey: string;
  readonly attempt: number;
  readonly sequence: string;
  readonly steps: number;
}

/** docs/derivation.md's, which a program without our code computed. */
const vectors = JSON.parse(readFileSync(join(__dirname, "../derive/vectors.json"), "utf8")) as Vector[];

const folder = mkdtempSync(join(tmpdir(), "portable-"));
afterAll(() => rmSync(folder, { recursive: true }));

const door: Exported = { name: "web", host: "192.0.2.11", port: 22, delayMs: 30, command: "portknock" };

/** The script of a vector's door, as a file. */
function scriptOf({ epoch, subkey, attempt, sequence, ...settings }: Vector): string {
  const derivation = { version: 1, rotateEvery: "1h", ...settings } as unknown as Derivation;
  const file = join(folder, `${subkey.slice(0, 8)}-${epoch}-${attempt}.sh`);
  writeFileSync(file, shell({ ...door, sequence: parseSequence(sequence), derivation }), { mode: 0o700 });
  return file;
}

const shells = [
  ["dash", ["sh"]],
  ["bash", ["bash", "--posix"]],
  ["busybox", ["busybox", "sh"]],
] as const;

const numbered = vectors.map((vector, index) => [index, vector] as const);
/** Of 16 steps hundreds of attempts are thrown away, which takes seconds. */
const isShort = ([, { steps }]: (typeof numbered)[number]) => steps <= 8;

describe.each(shells)("the portable client in %s", (name, [program, ...args]) => {
  test.each(numbered.filter((one) => name === "dash" || isShort(one)))(
    "vector %i",
    (_index, vector) => {
      const run = [...args, scriptOf(vector), "print", String(vector.epoch)];
      const { stdout, stderr } = spawnSync(program, run, { encoding: "utf8" });
      expect(stdout, stderr).toBe(`${vector.sequence}\n`);
    },
    300_000,
  );
});

test("the portable client says that there is no openssl", () => {
  const [vector] = vectors;
  if (vector === undefined) throw new Error("there are no vectors");
  for (const name of ["sh", "od", "tr", "cat", "date"])
    spawnSync("ln", ["-s", `/usr/bin/${name}`, join(folder, name)]);
  const { stderr, status } = spawnSync("/usr/bin/dash", [scriptOf(vector), "print"], {
    encoding: "utf8",
    env: { PATH: folder },
  });
  expect(stderr).toContain("openssl gives no SHA-256");
  expect(status).toBe(1);
});

test("Knock on Ports gets host, pings and payloads", () => {
  const sequence = parseSequence("tcp/7001,udp/8001/hex:6f70656e,udp/8002,icmp/121");
  expect(JSON.parse(knockOnPorts({ ...door, sequence }))).toEqual({
    version: 1,
    sequences: [
      {
        name: "web",
        host: "192.0.2.11",
        delay: 30,
        ipv: "prefer_ipv4",
        icmp_type: "without_headers",
        steps: [
          { type: "tcp", port: 7001 },
          { type: "udp", port: 8001, content: "6f70656e", encoding: "hex" },
          { type: "udp", port: 8002, content: "", encoding: "hex" },
          { type: "icmp", icmp_size: 121, icmp_count: 1 },
        ],
      },
    ],
  });
});
