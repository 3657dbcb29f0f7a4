import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hostFile } from "../../provider/host/script";

const run = promisify(execFile);
const ID = "0123456789";

/** The ledger's half of tokens.sh, in each shell that a host may have; the kernel's lists are of a folder's files. */
describe.each([["dash"], ["busybox", "sh"]])("the ledger, by %s", (...shell) => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tokens-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const ledger = () => join(folder, "etc/tokens");

  /** Primes; resolves with the lists that got an entry. */
  async function prime(...fresh: string[]): Promise<string[]> {
    const list = (name: string) => join(folder, `pk4-${ID}-t${name}`);
    for (const name of fresh) await writeFile(list(name), "");
    const script = [
      ...["lib/answer.sh", "lib/files.sh"].map(hostFile),
      hostFile("apply/tokens.sh").replaceAll("/proc/net/xt_recent", folder),
      `ID=${ID} ETC=${folder}/etc LEDGER=${folder}/etc/tokens FAMILIES='4 6' DOCUMENTN= FRESH='${fresh.join("\n")}'`,
      'fail_rolled_back() { echo "$1: $2" >&2; exit 1; }',
      "prime",
    ].join("\n");
    const [command = "", ...args] = [...shell, "-c", script];
    await run(command, args);
    const primed = await Promise.all(
      fresh.map(async (name) => ((await readFile(list(name), "utf8")) ? [name] : [])),
    );
    return primed.flat();
  }

  test("a new token is primed once, whoever says that it is new again", async () => {
    expect(await prime("11111111", "22222222")).toEqual(["11111111", "22222222"]);
    expect(await readFile(ledger(), "utf8")).toBe(`${ID} 11111111\n${ID} 22222222\n`);
    expect((await stat(ledger())).mode & 0o777).toBe(0o600);
    expect(await prime("22222222", "33333333")).toEqual(["33333333"]);
    expect(await readFile(ledger(), "utf8")).toBe(`${ID} 11111111\n${ID} 22222222\n${ID} 33333333\n`);
  });

  test("another door's token of the same name is another one", async () => {
    await prime("11111111");
    await writeFile(ledger(), "9999999999 22222222\n");
    expect(await prime("22222222")).toEqual(["22222222"]);
  });

  test("without new tokens there is no ledger", async () => {
    expect(await prime()).toEqual([]);
    await expect(stat(ledger())).rejects.toThrow("ENOENT");
  });

  test("where it cannot be written, no token is primed", async () => {
    await writeFile(join(folder, "etc"), "");
    await expect(prime("11111111")).rejects.toThrow(
      /host-unfit: the ledger of one-time tokens cannot be written: .*exists/i,
    );
    expect(await readFile(join(folder, `pk4-${ID}-t11111111`), "utf8")).toBe("");
  });
});
