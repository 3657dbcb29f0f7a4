// Compiles provider/ into dist/, and copies the shell files beside the code that reads them. It builds into a folder of
// its own and renames that at the end: programs that run meanwhile find the old build or the new one, complete.
// policy/zod.js becomes one file with the parts of zod in it that we use: provider/policy/zod.ts says why.
// The plugin becomes one file too, beside the scripts that it reads.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { build } from "rolldown";
import { makePluginFile } from "./plugin-file.mjs";

const PLUGIN = "pulumi-resource-portknock";
const making = `dist.${process.pid}`;
const replaced = `${making}.old`;
try {
  const compiler = ["node_modules/typescript/bin/tsc", "-p", ".", "--outDir", making];
  execFileSync(process.execPath, compiler, { stdio: "inherit" });
  loadOnUse(`${making}/index.js`);
  await build({
    input: "provider/policy/zod.ts",
    platform: "node",
    logLevel: "warn",
    output: {
      file: `${making}/policy/zod.js`,
      format: "cjs",
      banner: `/*!\nContains parts of zod.\n\n${readFileSync("node_modules/zod/LICENSE", "utf8")}*/`,
    },
  });
  for (const folder of ["host/scripts", "client/completions", "client/portable"]) {
    cpSync(`provider/${folder}`, `${making}/${folder}`, { recursive: true });
  }
  chmodSync(`${making}/client/main.js`, 0o755);
  cpSync("provider/plugin/schema.json", `${making}/plugin/schema.json`);
  // Pulumi finds a plugin by the name of its file. One file of ours is there sooner than 200 by a seventh of its start.
  await makePluginFile(`${making}/plugin/main.js`, `${making}/plugin/${PLUGIN}`, [/^[^./]/]);
  cpSync("provider/host/scripts", `${making}/plugin/scripts`, { recursive: true });
  if (existsSync("dist")) renameSync("dist", replaced);
  renameSync(making, "dist");
  // `npm ci` links this package's commands only if they are built already. In a fresh clone they are not.
  for (const [name, file] of Object.entries({ portknock: "client/main.js", [PLUGIN]: `plugin/${PLUGIN}` })) {
    const link = `node_modules/.bin/${name}`;
    if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(`../pulumi-portknock/dist/${file}`, link);
  }
} finally {
  for (const folder of [making, replaced]) rmSync(folder, { recursive: true, force: true });
}

/** Has a file that only exports what is in others load each of them once a name of it is read, and not before. */
function loadOnUse(file) {
  const text = readFileSync(file, "utf8");
  const namesOf = (module) =>
    [...text.matchAll(new RegExp(`return ${module}\\.(\\w+);`, "g"))].map(([, name]) => name);
  // Node finds the names for `import` by the form of the rest.
  const onUse = text.replace(/^var (\w+) = (require\(".+"\));$/gm, (_, module, load) => {
    const getters = namesOf(module).map((name) => `get ${name}() { return ${load}.${name}; }`);
    return `var ${module} = { ${getters.join(", ")} };`;
  });
  writeFileSync(file, onUse);
}
