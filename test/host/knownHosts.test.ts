import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { findKnownHost } from "../../provider/host/knownHosts";
import { seed } from "../policy/seed";

/** A file, a host that is looked up in it, and which keys are found, in base64. */
interface Case {
  readonly what: string;
  readonly lines: readonly string[];
  readonly host: string;
  readonly port?: number;
  readonly keys?: readonly string[];
  readonly revoked?: readonly string[];
  /** Why ssh-keygen finds something else. */
  readonly unlikeSshKeygen?: string;
}

const cases: readonly Case[] = JSON.parse(readFileSync(join(__dirname, "knownHosts.json"), "utf8"));

const dir = mkdtempSync(join(tmpdir(), "portknock-known."));
afterAll(() => rmSync(dir, { recursive: true }));

interface Found {
  readonly keys: readonly string[];
  readonly revoked: readonly string[];
}

function found(text: string, host: string, port: number): Found {
  const { keys, revoked } = findKnownHost(text, host, port);
  return { keys: keys.map(({ base64 }) => base64), revoked: revoked.map(({ base64 }) => base64) };
}

/** What ssh-keygen finds, asked as ssh asks: in lower case (sshconnect.c, ssh_login). */
function foundBySshKeygen(text: string, host: string, port: number): Found {
  const file = join(dir, "known_hosts");
  writeFileSync(file, text, "latin1");
  const name = (port === 22 ? host : `[${host}]:${port}`).toLowerCase();
  const { stdout, stderr, status } = spawnSync("ssh-keygen", ["-F", name, "-f", file], {
    encoding: "latin1",
  });
  expect({ stderr, isAnswered: status === 0 || status === 1 }).toEqual({ stderr: "", isAnswered: true });
  const entries = [...stdout.matchAll(/^# Host .* found: line \d+ (\w*)\n.*?(?:ssh|ecdsa)-\S+\s+(\S+)/gm)];
  const of = (mark: string) => entries.filter(([, marker]) => marker === mark).map(([, , key = ""]) => key);
  return { keys: of(""), revoked: of("REVOKED") };
}

describe.each(cases)("$what", ({ lines, host, port = 22, keys = [], revoked = [], unlikeSshKeygen }) => {
  const text = lines.join("\n");

  test("is found as it should be", () => {
    for (const end of ["", "\n"]) expect(found(text + end, host, port)).toEqual({ keys, revoked });
  });

  test(`is ${unlikeSshKeygen ? "not " : ""}what ssh-keygen finds`, () => {
    const theirs = foundBySshKeygen(text, host, port);
    if (unlikeSshKeygen) expect(theirs).not.toEqual({ keys, revoked });
    else expect(theirs).toEqual({ keys, revoked });
  });
});

const HOSTS = ["web.example", "Web1.example", "192.0.2.11", "2001:db8::11"];
const PORTS = [22, 2222];

/** Stands for a key of its own in each line. */
const KEY = "{key}";

const mostly = (usual: string, ...rare: string[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...rare) });

const asked = fc.record({ host: fc.constantFrom(...HOSTS), port: fc.constantFrom(...PORTS) });
const written = asked.map(({ host, port }) => (port === 22 ? host : `[${host}]:${port}`));

/** A name, of which a part may have become a wildcard. */
const pattern = fc
  .tuple(
    mostly("", "!"),
    written,
    fc.nat(40),
    fc.nat(3),
    fc.constantFrom("*", "?", "**", "*?", ""),
    fc.boolean(),
  )
  .map(([negation, name, at, length, hole, isUpper]) => {
    const text = at < name.length ? name.slice(0, at) + hole + name.slice(at + length) : name;
    return negation + (isUpper ? text.toUpperCase() : text);
  });

const hashedName = fc
  .tuple(written, fc.uint8Array({ minLength: 20, maxLength: 20 }), mostly("", ",web.example", "="))
  .map(([name, salt, more]) => {
    const hash = createHmac("sha1", salt).update(name.toLowerCase()).digest("base64");
    return `|1|${Buffer.from(salt).toString("base64")}|${hash}${more}`;
  });

const names = fc.oneof(
  { weight: 3, arbitrary: fc.array(pattern, { minLength: 1, maxLength: 4 }).map((list) => list.join(",")) },
  { weight: 1, arbitrary: hashedName },
);

const gap = fc.constantFrom(" ", "  ", "\t", " \t ");

/** Spaces follow the markers: tabs are in the table. */
const line = fc
  .tuple(
    mostly("", " ", "\t", "#"),
    fc.oneof(
      fc.constantFrom("", "@revoked "),
      mostly("", "@cert-authority ", "@other ", "@revoked @revoked "),
    ),
    names,
    gap,
    mostly("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp521", "#", "1024 35"),
    gap,
    fc.constant(KEY),
    fc.constantFrom("", " ", "\r", " web", "\tweb # AAAA\r"),
  )
  .map((parts) => parts.join(""));

const noise = fc.string({ unit: fc.constantFrom(..." \t#@|!*?,[]:1w=\r"), maxLength: 12 });

const files = fc.array(fc.oneof({ weight: 9, arbitrary: line }, { weight: 1, arbitrary: noise }), {
  minLength: 10,
  maxLength: 30,
  size: "max",
});

test("random files are read as ssh-keygen reads them", () => {
  const tally = { keys: 0, revoked: 0 };
  fc.assert(
    fc.property(files, asked, (lines, { host, port }) => {
      const text = lines.map((each, index) => each.replace(KEY, `AAAA${index}`)).join("\n");
      const theirs = foundBySshKeygen(text, host, port);
      tally.keys += theirs.keys.length;
      tally.revoked += theirs.revoked.length;
      expect(found(text, host, port)).toEqual(theirs);
    }),
    { seed: seed(), numRuns: 300 },
  );
  // Else nothing was compared.
  expect(tally.keys).toBeGreaterThan(100);
  expect(tally.revoked).toBeGreaterThan(20);
});
