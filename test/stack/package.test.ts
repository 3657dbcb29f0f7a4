import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, startLab } from "../lab/lab";
import { packCheckout } from "./checkout";
import { makeStack, REPOSITORY, type Stack } from "./stack";
import { isOpen, sshDoor, traces } from "./world";

const run = promisify(execFile);

/** The installed versions of what a user's project has beside this package: they are in npm's cache. */
async function installed(name: string): Promise<string> {
  const text = await readFile(join(REPOSITORY, "node_modules", name, "package.json"), "utf8");
  return `${name}@${(JSON.parse(text) as { version: string }).version}`;
}

let packed: string;
let tarball: string;

beforeAll(async () => {
  packed = await mkdtemp(join(tmpdir(), "portknock-packed."));
  tarball = await packCheckout(packed);
});
afterAll(() => rm(packed, { recursive: true, force: true }));

describe.each([
  { how: "with install scripts", flags: [] },
  { how: "with --ignore-scripts", flags: ["--ignore-scripts"] },
])("the packed package in a project of its own, installed $how", ({ flags }) => {
  let scratch: string;
  let lab: Lab;
  let stack: Stack;

  beforeAll(async () => {
    lab = await startLab();
    // Not the lab's folder: the packages take longer to delete than a lab may take to end.
    scratch = await mkdtemp(join(tmpdir(), "portknock-package."));
    await writeFile(join(scratch, "package.json"), "{}");
    const others = await Promise.all(["@pulumi/pulumi", "typescript", "@types/node"].map(installed));
    const install = ["install", "--prefer-offline", "--no-audit", "--no-fund", ...flags, tarball, ...others];
    await run("npm", install, { cwd: scratch });
    stack = await makeStack(lab, join(scratch, "node_modules"));
  });
  afterAll(async () => {
    await lab?.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  test("holds what it needs to run, and nothing else", async () => {
    const own = join(scratch, "node_modules/pulumi-portknock");
    expect(await realpath(own)).toBe(own);
    expect((await readdir(own)).sort()).toEqual(expect.arrayContaining(["LICENSE", "dist", "package.json"]));
    const files = await readdir(join(own, "dist"), { recursive: true });
    expect(files).toEqual(expect.arrayContaining(["index.js", "index.d.ts", "host/scripts/apply.sh"]));
    expect(files.filter((file) => /\.test\.|\.map$|(?<!\.d)\.ts$/.test(file))).toEqual([]);
    const all = await readdir(join(scratch, "node_modules"), { recursive: true });
    const compiled = all.filter((file) => /\/(ssh2|cpu-features|nan)\/.*\.node$/.test(`/${file}`));
    console.log(`compiled: ${compiled.join(", ") || "nothing"}`);
    if (flags.length > 0) expect(compiled).toEqual([]);
  });

  test("gives an ES module its names, and loads nothing that a program does not read", async () => {
    const names =
      'import { lint, PortKnock } from "pulumi-portknock"; console.log(typeof lint, typeof PortKnock)';
    const imported = await run("node", ["--input-type=module", "-e", names], { cwd: scratch });
    expect(imported.stdout).toBe("function function\n");
    const read = 'require("pulumi-portknock").PortKnock; console.log(Object.keys(require.cache).join("\\n"))';
    const { stdout } = await run("node", ["-e", read], { cwd: scratch });
    const own = stdout.split("\n").filter((file) => file.includes("/pulumi-portknock/dist/"));
    expect(own.filter((file) => file.endsWith("/resource/dynamic/portKnock.js"))).toHaveLength(1);
    expect(own.filter((file) => /\/dist\/(lint|host|knock|rules\/(iptables|nftables))\//.test(file))).toEqual(
      [],
    );
  });

  test("lives a whole life, and was loaded from there alone", async () => {
    const host = lab.host();
    const before = await traces(host);
    await stack.declare({ ssh: sshDoor(lab, host) });
    expect(await stack.preview()).toContain("--dport <knock 1>");
    await stack.up();
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 10_000 }).toBe(false);
    await stack.knock("ssh");
    expect(await isOpen(lab, host.ipv4)).toBe(true);
    await stack.refresh("--expect-no-changes");
    const [door] = await stack.doors();
    const provider = String(door?.inputs?.__provider);
    expect(Buffer.byteLength(provider)).toBeLessThan(4096);
    const required = [...provider.matchAll(/require\(([^)]*)\)/g)].map(([, name]) => name);
    expect([...new Set(required)]).toEqual(['"pulumi-portknock/lifecycle"']);
    expect(JSON.stringify(door)).not.toContain(REPOSITORY);
    await stack.destroy();
    await expect.poll(() => traces(host), { timeout: 10_000 }).toBe(before);
  });
});
