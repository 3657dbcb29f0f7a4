import { execFile } from "node:child_process";
import { mkdir, readdir, rm, symlink } from "node:fs/promises";
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
