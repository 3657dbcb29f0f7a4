// links.mjs FOLDER: exit code 1 where a link of the unpacked package's README leads to no file of the package.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [, , folder] = process.argv;
const links = [...readFileSync(join(folder, "README.md"), "utf8").matchAll(/\]\((?![a-z]+:|#)([^)#]+)/g)].map(
  ([, link]) => link,
);
const dead = links.filter((link) => !existsSync(join(folder, link)));
for (const link of dead) console.error(`release: the README's link to ${link} leads out of the package`);
process.exitCode = dead.length > 0 || links.length === 0 ? 1 : 0;
