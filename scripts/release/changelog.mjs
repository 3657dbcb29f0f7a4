// changelog.mjs VERSION: exit code 1 where CHANGELOG.md has no entry for that version, or an empty one.
import { readFileSync } from "node:fs";

const [, , version] = process.argv;
const sections = readFileSync("CHANGELOG.md", "utf8").split(/^## /m);
const entry = sections.find((section) => section.startsWith(`[${version}]`));
process.exitCode = entry && /^- /m.test(entry) ? 0 : 1;
