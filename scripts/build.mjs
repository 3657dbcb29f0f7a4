// Compiles provider/ into dist/, and copies the shell files beside the code that reads them. It builds into a folder of
// its own and renames that at the end: programs that run meanwhile find the old build or the new one, complete.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, lstatSync, renameSync, rmSync, symlinkSync } from "node:fs";

const making = `dist.${process.pid}`;
const replaced = `${making}.old`;
try {
  const compiler = ["node_modules/typescript/bin/tsc", "-p", ".", "--outDir", making];
  execFileSync(process.execPath, compiler, { stdio: "inherit" });
  for (const folder of ["host/scripts", "client/completions", "client/portable"]) {
    cpSync(`provider/${folder}`, `${making}/${folder}`, { recursive: true });
  }
  chmodSync(`${making}/client/main.js`, 0o755);
  if (existsSync("dist")) renameSync("dist", replaced);
  renameSync(making, "dist");
  // `npm ci` links this package's command only if it is built already. In a fresh clone it is not.
  const link = "node_modules/.bin/portknock";
  if (!lstatSync(link, { throwIfNoEntry: false }))
    symlinkSync("../pulumi-portknock/dist/client/main.js", link);
} finally {
  for (const folder of [making, replaced]) rmSync(folder, { recursive: true, force: true });
}
