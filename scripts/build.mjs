// Compiles provider/ into dist/, and puts the host's scripts beside the code that reads them.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, rmSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "."], { stdio: "inherit" });
cpSync("provider/host/scripts", "dist/host/scripts", { recursive: true });
chmodSync("dist/client/main.js", 0o755);
