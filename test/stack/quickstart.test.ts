import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, startLab } from "../lab/lab";
import { installPacked } from "./checkout";
import { REPOSITORY } from "./stack";
import { isOpen, traces } from "./world";

const run = promisify(execFile);

/** A fenced block of a page: commands to type, or a file to write. */
interface Block {
  readonly kind: "sh" | "sh fails" | "ts";
  readonly text: string;
}

async function blocksOf(page: string): Promise<Block[]> {
  const text = await readFile(join(REPOSITORY, page), "utf8");
  return [...text.matchAll(/^```(sh|sh fails|ts)\n([\s\S]*?)^```/gm)].map(([, kind, text = ""]) => ({
    kind: kind as Block["kind"],
    text,
  }));
}

/** The names that the pages give to the hosts. */
const NAMES = ["web", "db", "cache"];

/** Warnings about the lab: its CLI comes without the SDK's plugin, and its hosts have no init system. */
const OF_THE_LAB = /using pulumi-resource-pulumi-nodejs from \$PATH|neither systemd nor OpenRC/;

const PACKAGES = "npm install pulumi-portknock @pulumi/pulumi typescript";

/** The pieces of a page's sample, between the places where it leaves something out. */
function piecesOf(readme: string): string[] {
  const [, sample = ""] = /<!-- sample:preview -->\n\n```text\n([\s\S]*?)```/.exec(readme) ?? [];
  return sample
    .split(/…|\n/)
    .map((piece) => piece.replace(/^"? | "?$/g, "").trim())
    .filter((piece) => piece !== "");
}

describe.each(["README.md", "docs/tutorial.md"])("%s, typed from an empty folder", (page) => {
  let lab: Lab;
  let scratch: string;
  let tarball: string;
  let user: string;
  /** Where the commands are typed. */
  let folder: string;
  let before: readonly string[];
  let typed = 0;
  let printed = "";

  beforeAll(async () => {
    lab = await startLab({ hosts: 3 });
    before = await Promise.all(lab.hosts.map(traces));
    scratch = await mkdtemp(join(tmpdir(), "portknock-quickstart."));
    tarball = await installPacked(scratch);
    // Not in the folder with the packages: npm installs into a parent that has some.
    user = await mkdtemp(join(tmpdir(), "portknock-user."));
    folder = user;
    // What a user has: a key where ssh looks for it, hosts that ssh knows, and a state on this machine.
    const ssh = join(lab.controller.home, ".ssh");
    await mkdir(ssh, { recursive: true });
    await writeFile(join(ssh, "id_ed25519"), lab.privateKey, { mode: 0o600 });
    await writeFile(join(ssh, "config"), "BatchMode yes\n");
    const known = lab.hosts.map(({ ipv4, hostKey }, index) => `${NAMES[index]},${ipv4} ${hostKey}\n`);
    await writeFile(join(ssh, "known_hosts"), known.join(""));
    await mkdir(join(scratch, "state"));
  });
  afterAll(async () => {
    await lab?.stop();
    for (const made of [scratch, user]) await rm(made, { recursive: true, force: true });
  });

  /** A line as it is printed. The lab has no registry, so what installs runs outside of it, with the tarball. */
  async function type(line: string): Promise<{ code: number; stdout: string; stderr: string }> {
    typed++;
    if (line === PACKAGES) {
      const packages = line.replace("pulumi-portknock", tarball).split(" ").slice(1);
      await run("npm", [...packages, "--prefer-offline", "--no-audit", "--no-fund"], { cwd: folder });
      return { code: 0, stdout: "", stderr: "" };
    }
    const env = {
      PULUMI_BACKEND_URL: `file://${join(scratch, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "the lab's",
      PULUMI_SKIP_CONFIRMATIONS: "true",
      SSH_AUTH_SOCK: undefined,
      PATH: [join(folder, "node_modules/@pulumi/pulumi"), process.env.PATH].join(":"),
    };
    // A shell that is opened without a command gets one on stdin.
    const options = { cwd: folder, env, input: "hostname\n", timeoutMs: 200_000 };
    const done = await lab.controller.exec(["bash", "-c", line], options);
    printed += done.stdout + done.stderr;
    return done;
  }

  test("each command works as it is printed, and warns of nothing", async () => {
    const began = performance.now();
    let shells = 0;
    for (const { kind, text } of await blocksOf(page)) {
      if (kind === "ts") {
        if (!text.startsWith("// index.ts\n")) continue;
        await writeFile(join(folder, "index.ts"), text);
        continue;
      }
      for (const line of text.trimEnd().split("\n")) {
        if (line.startsWith("mkdir ")) {
          await run("bash", ["-c", line], { cwd: folder });
          folder = join(folder, "doors");
          typed++;
          continue;
        }
        if (kind === "sh fails") {
          await expect.poll(() => isOpen(lab, lab.host().ipv4), { timeout: 30_000 }).toBe(false);
          expect((await type(line)).code, line).not.toBe(0);
          continue;
        }
        const { code, stdout, stderr } = await type(line);
        expect(code, `${line}\n${stdout}${stderr}`).toBe(0);
        if (/\bssh root@/.test(line)) {
          shells++;
          if (!line.includes("iptables")) expect(stdout, line).toMatch(/load average|^h\d$/m);
        }
      }
    }
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    const warnings = (printed.match(/^.*\b(?:warning|deprecat\w+):.*$/gim) ?? []).filter(
      (line) => !OF_THE_LAB.test(line),
    );
    console.log(`${page}: ${typed} commands, ${seconds} s, ${shells} logins, ${warnings.length} warnings`);
    expect(shells).toBeGreaterThan(2);
    expect(warnings).toEqual([]);
    expect(printed).not.toContain("PRIVATE KEY");
  });

  test("the sample of a preview is what Pulumi prints", async () => {
    if (page !== "README.md") return expect(printed).toContain("missing (ipv4): ");
    const program = await readFile(join(folder, "index.ts"), "utf8");
    const longer = program.replace('"192.0.2.11" } }', '"192.0.2.11" }, openForSeconds: 30 }');
    await writeFile(join(folder, "index.ts"), longer);
    const { stdout, code } = await type("pulumi preview --diff --show-full-output");
    expect(code).toBe(0);
    const shown = stdout.replace(/ +/g, " ").replace(/\b(PK|pk4)-[0-9a-f]{10}/g, "$1-<id>");
    const pieces = piecesOf(await readFile(join(REPOSITORY, "README.md"), "utf8"));
    expect(pieces.length).toBeGreaterThan(3);
    for (const piece of pieces) expect(shown.replaceAll(" :", ":")).toContain(piece);
    const summary = await type("pulumi preview");
    await writeFile(join(folder, "index.ts"), program);
    expect(summary.stdout).toMatch(/web: \d+ rules? changes?; --diff shows them/);
  });

  test("the program on the page is what init writes, and the example", async () => {
    const [program] = (await blocksOf("README.md"))
      .filter(({ kind }) => kind === "ts")
      .map(({ text }) => text);
    const three = await readFile(join(REPOSITORY, "examples/three-servers/index.ts"), "utf8");
    const [, threeOnPage] = (await blocksOf("README.md"))
      .filter(({ kind }) => kind === "ts")
      .map(({ text }) => text);
    expect(threeOnPage).toBe(`// index.ts\n${three}`);
    const other = await mkdtemp(join(scratch, "init."));
    const env = { PULUMI_BACKEND_URL: `file://${join(scratch, "state")}`, PULUMI_CONFIG_PASSPHRASE: "x" };
    const init = `${join(folder, "node_modules/.bin/portknock")} init web=192.0.2.11 -i ~/.ssh/id_ed25519 --stack other`;
    const done = await lab.controller.exec(["bash", "-c", init], { cwd: other, env });
    expect(done.code, done.stderr).toBe(0);
    expect(`// index.ts\n${await readFile(join(other, "index.ts"), "utf8")}`).toBe(program);
    const again = await lab.controller.exec(["bash", "-c", init], { cwd: other, env });
    expect({ code: again.code, stderr: again.stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining("init overwrites nothing"),
    });
  });

  test("examples/three-servers lives: it is the program of the page, and leaves nothing", async () => {
    if (page === "README.md") expect((await type("pulumi destroy")).code).toBe(0);
    for (const [index, host] of lab.hosts.entries())
      await expect.poll(() => traces(host), { timeout: 15_000 }).toBe(before[index]);
  });
});
