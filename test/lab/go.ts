import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";

const DIRECTORY = join(__dirname, "../../node_modules/.cache/portknock");

/** Where `buildTool` puts the program of a folder. */
export function toolPath(folder: string): string {
  return join(DIRECTORY, basename(folder));
}

/** Compiles one of the tests' Go programs, which takes no time where nothing has changed: Go has a cache. */
export async function buildTool(folder: string): Promise<string> {
  mkdirSync(DIRECTORY, { recursive: true });
  const env = {
    ...process.env,
    GOTOOLCHAIN: "local",
    GOFLAGS: "-buildvcs=false",
    GOPROXY: "off",
    CGO_ENABLED: "0",
  };
  await promisify(execFile)("go", ["build", "-o", toolPath(folder), "."], { cwd: folder, env });
  return toolPath(folder);
}
