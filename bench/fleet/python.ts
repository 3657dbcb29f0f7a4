import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The peers from PyPI. Another release is another virtual environment. */
const PACKAGES = ["pyinfra==3.10.0", "ansible-core==2.19.14"];

/**
 * Makes a virtual environment with the peers, once, outside of the repository: its programs' folder. Where that cannot be,
 * it says why not, and returns undefined.
 */
export async function pythonPeers(): Promise<string | undefined> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "pulumi-portknock");
  const final = join(cache, PACKAGES.join("-").replaceAll("==", "-"));
  // What is installed knows its folder, so it is made in place, and marked when it is whole.
  const mark = join(final, "whole");
  if (!existsSync(mark)) {
    await rm(final, { recursive: true, force: true });
    await mkdir(cache, { recursive: true });
    try {
      await run("python3", ["-m", "venv", final]);
      await run(join(final, "bin/pip"), ["install", "--quiet", ...PACKAGES], { timeout: 300_000 });
      await run("touch", [`${mark}.new`]);
      await rename(`${mark}.new`, mark);
    } catch (error) {
      console.log(`skipped: pyinfra and ansible-core, which pip could not install: ${error}`);
      return undefined;
    }
  }
  return join(final, "bin");
}
