// Packs the plugin for machines that have node and nothing else: one bundled file, the schema, and the host's scripts. One
// archive for each platform, since Pulumi asks for it by that name; all have the same content.
//   pulumi plugin install resource portknock VERSION --file dist-plugin/pulumi-resource-portknock-vVERSION-linux-amd64.tar.gz
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makePluginFile } from "./plugin-file.mjs";

const NAME = "pulumi-resource-portknock";
const PLATFORMS = ["linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64"];
const OUT = "dist-plugin";
const { version } = JSON.parse(readFileSync("package.json", "utf8"));

execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
mkdirSync(OUT, { recursive: true });
const folder = mkdtempSync(join(OUT, "making."));
try {
  // ssh2 goes without its compiled parts where they are missing.
  await makePluginFile("dist/plugin/main.js", join(folder, NAME), [/\.node$/, "cpu-features"]);
  cpSync("dist/host/scripts", join(folder, "scripts"), { recursive: true });
  copyFileSync("dist/plugin/schema.json", join(folder, "schema.json"));
  copyFileSync("LICENSE", join(folder, "LICENSE"));
  const [first, ...others] = PLATFORMS.map((platform) => join(OUT, `${NAME}-v${version}-${platform}.tar.gz`));
  const owner = ["--owner=0", "--group=0", "--sort=name", "--mtime=@0"];
  execFileSync("tar", [...owner, "-czf", first, "-C", folder, "."]);
  for (const other of others) copyFileSync(first, other);
  console.log([first, ...others].join("\n"));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
