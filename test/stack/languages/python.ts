import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { REPOSITORY } from "../stack";

const run = promisify(execFile);

/** The release of @pulumi/pulumi here, and what generated SDKs import. */
const PACKAGES = ["pulumi==3.248.0", "parver==1.0.1", "semver==3.1.2"];

/** A virtual environment with Pulumi's SDK for Python, made once and outside of the repository. */
export async function pythonSdk(): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "pulumi-portknock");
  const final = join(cache, PACKAGES.join("-").replaceAll("==", "-"));
  const mark = join(final, "whole");
  if (existsSync(mark)) return final;
  await rm(final, { recursive: true, force: true });
  await mkdir(cache, { recursive: true });
  await run("python3", ["-m", "venv", final]);
  const install = ["install", "--quiet", "setuptools", "wheel", ...PACKAGES];
  await run(join(final, "bin/pip"), install, { timeout: 300_000 });
  await writeFile(mark, "");
  return final;
}

/** Generates the package's SDK for Python from its schema, and installs it into a folder. */
export async function generateSdk(environment: string, folder: string): Promise<void> {
  const module = join(REPOSITORY, "scripts/pulumi-cli/cli");
  const source = join(folder, "source");
  const schema = join(REPOSITORY, "provider/plugin/schema.json");
  await run("go", ["run", "-mod=readonly", "./gen-sdk", schema, source], {
    cwd: module,
    env: { ...process.env, CGO_ENABLED: "0" },
    timeout: 300_000,
  });
  const pip = ["install", "--quiet", "--no-deps", "--no-build-isolation", "--target", folder, source];
  await run(join(environment, "bin/pip"), pip);
}
