// Compiles provider/ into dist/, and puts the shell files beside the code that reads them. Built beside it and then
// renamed, so that programs which run meanwhile find the old or the new, whole.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, renameSync, rmSync, symlinkSync } from "node:fs";

const making = `dist.${process.pid}`;
try {
  const compiler = ["node_modules/typescript/bin/tsc", "-p", ".", "--outDir", making];
  execFileSync(process.execPath, compiler, { stdio: "inherit" });
  for (const folder of ["host/scripts", "client/completions"]) {
    cpSync(`provider/${folder}`, `${making}/${folder}`, { recursive: true });
  }
  chmodSync(`${making}/client/main.js`, 0o755);
  rmSync("dist", { recursive: true, force: true });
  renameSync(making, "dist");
  // `npm ci` links the command of this package only where it finds it built, which in a fresh clone it does not.
  const link = "node_modules/.bin/portknock";
  if (!existsSync(link)) symlinkSync("../pulumi-portknock/dist/client/main.js", link);
} finally {
  rmSync(making, { recursive: true, force: true });
}
