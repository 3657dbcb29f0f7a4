// sizes.mjs TARBALL PROJECT SECONDS: prints what installing the package means.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const [, , tarball, project, seconds] = process.argv;
const { packages } = JSON.parse(readFileSync(join(project, "node_modules/.package-lock.json"), "utf8"));
const names = Object.entries(packages);
const scripts = names.filter(([, { hasInstallScript }]) => hasInstallScript);
console.log(`tarball: ${Math.round(statSync(tarball).size / 1024)} KB`);
console.log(`npm install with @pulumi/pulumi: ${seconds} s, ${names.length} packages`);
console.log(
  `install scripts: ${scripts.map(([name]) => name.replace(/^node_modules\//, "")).join(", ") || "none"}`,
);
