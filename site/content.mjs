// Puts the pages of the repository together as the site has them, in site/.content: the same folders, so that links between
// pages stay as they are. Writes llms.txt and llms-full.txt into site/public.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const site = dirname(fileURLToPath(import.meta.url));
const root = dirname(site);
const content = join(site, ".content");
rmSync(content, { recursive: true, force: true });
mkdirSync(content);
cpSync(join(root, "docs"), join(content, "docs"), { recursive: true });
for (const page of ["README.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md"])
  cpSync(join(root, page), join(content, page));
for (const example of readdirSync(join(root, "examples")))
  cpSync(join(root, "examples", example, "README.md"), join(content, "examples", example, "README.md"));
cpSync(join(site, "index.md"), join(content, "index.md"));
cpSync(join(site, "playground.md"), join(content, "playground.md"));

const pages = readdirSync(content, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".md") && !/^(?:index|playground)\.md$/.test(file))
  .sort();
const textOf = (page) => readFileSync(join(content, page), "utf8");
const titleOf = (page) => /^# (.*)$/m.exec(textOf(page))?.[1] ?? page;
mkdirSync(join(site, "public"), { recursive: true });
writeFileSync(
  join(site, "public/llms.txt"),
  [
    "# pulumi-portknock",
    "",
    "> Port knocking as code for Pulumi: a port of a Linux host is closed to everyone but those who know the knock.",
    "",
    ...pages.map((page) => `- [${titleOf(page)}](/${page.replace(/\.md$/, ".html")})`),
    "",
  ].join("\n"),
);
writeFileSync(join(site, "public/llms-full.txt"), pages.map(textOf).join("\n\n"));
