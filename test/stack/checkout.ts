import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { REPOSITORY } from "./stack";

const run = promisify(execFile);

/**
 * Packs the package as `npm publish` does, from a copy of what git has: no dist/ is there before. The installed
 * packages are linked. Returns the tarball, the only file that it leaves in `folder`.
 */
export async function packCheckout(folder: string): Promise<string> {
  const checkout = join(folder, "checkout");
  await mkdir(checkout, { recursive: true });
  const list = "git ls-files -z --cached --others --exclude-standard --deduplicate";
  const existing = "while IFS= read -r -d '' file; do [ ! -e \"$file\" ] || printf '%s\\0' \"$file\"; done";
  const copy = `${list} | ${existing} | tar --null --files-from=- -c | tar -x -C "$1"`;
  await run("bash", ["-euo", "pipefail", "-c", copy, "copy", checkout], { cwd: REPOSITORY });
  await symlink(join(REPOSITORY, "node_modules"), join(checkout, "node_modules"));
  await run("npm", ["pack", "--pack-destination", folder], { cwd: checkout });
  await rm(checkout, { recursive: true });
  const [tarball = ""] = await readdir(folder);
  return join(folder, tarball);
}

/** The versions of what projects have beside this package, as they are installed here: they are in npm's cache. */
async function installedVersion(name: string): Promise<string> {
  const text = await readFile(join(REPOSITORY, "node_modules", name, "package.json"), "utf8");
  return `${name}@${(JSON.parse(text) as { version: string }).version}`;
}

const BESIDE = ["@pulumi/pulumi", "@pulumi/command", "@pulumi/policy", "typescript", "@types/node"];

/** Installs the packed package into a folder, with what programs have beside it. Returns the tarball. */
export async function installPacked(folder: string): Promise<string> {
  const tarball = await packCheckout(await mkdtemp(join(folder, "packed.")));
  await writeFile(join(folder, "package.json"), "{}");
  const others = await Promise.all(BESIDE.map(installedVersion));
  const flags = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];
  await run("npm", ["install", ...flags, tarball, ...others], { cwd: folder });
  return tarball;
}
