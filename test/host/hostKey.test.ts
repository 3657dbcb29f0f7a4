import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { fingerprint, hostKeyOf, parseHostKey } from "../../provider/host/hostKey";

const dir = mkdtempSync(join(tmpdir(), "portknock-key."));
afterAll(() => rmSync(dir, { recursive: true }));

test.each(["ed25519", "rsa", "ecdsa"])(
  "a key of type %s has the fingerprint that ssh-keygen prints",
  (type) => {
    const file = join(dir, type);
    execFileSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "a comment", "-f", file]);
    const key = parseHostKey(readFileSync(`${file}.pub`, "utf8"));
    const printed = execFileSync("ssh-keygen", ["-l", "-f", `${file}.pub`], { encoding: "utf8" });
    expect(fingerprint(key)).toBe(printed.split(" ")[1]);
    expect(hostKeyOf(Buffer.from(key.base64, "base64"))).toEqual(key);
  },
);
