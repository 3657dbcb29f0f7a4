import { existsSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const CONTENT = fileURLToPath(new URL("../.content", import.meta.url));

/** The link of a page as the site has it; undefined for a file of the repository that is not on the site. */
export function isOnSite(href: string, page: string): string | undefined {
  if (/^(?:[a-z]+:|#|\/)/.test(href)) return href;
  const [path = "", anchor] = href.split("#");
  const plain = path.replace(/\.html$/, ".md");
  const target = normalize(join(dirname(page), plain));
  const suffix = anchor === undefined ? "" : `#${anchor}`;
  const file = join(CONTENT, target);
  if (existsSync(file) && statSync(file).isDirectory())
    return existsSync(join(file, "README.md")) ? `${plain.replace(/\/$/, "")}/README${suffix}` : undefined;
  return [file, `${file}.md`].some((one) => existsSync(one)) ? href : undefined;
}
