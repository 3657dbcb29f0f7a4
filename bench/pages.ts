import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";

/** The pages with figures. */
const PAGES = ["speed", "cost"].map((name) => join(__dirname, `../docs/explanation/${name}.md`));
const CHARTS = join(__dirname, "../docs/charts");

/** `WRITE_FIGURES=1 npm run bench` puts tables and charts where readers find them; else they are only printed. */
export const isWriting = process.env.WRITE_FIGURES !== undefined;

/** A Markdown table: its first column to the left, the others, numbers, to the right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = `|${head.map((_, index) => (index === 0 ? "---|" : "--:|")).join("")}`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

/** Where and when figures were measured, for the line under a table. */
export function measuredHere(): string {
  const cores = cpus();
  const model = cores[0]?.model.replace(/\((R|TM)\)|\bCPU\b|@.*/gi, "").trim() || "an unnamed CPU";
  const linux = /^\d+\.\d+/.exec(release())?.[0] ?? release();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const date = new Date().toISOString().slice(0, "2026-12-01".length);
  return `${date}, ${cores.length} cores (${model}), ${gigabytes} GB, Linux ${linux}`;
}

/**
 * Prints a text, and where the run is writing puts it between `<!-- bench:<name> -->` and `<!-- /bench:<name> -->` in the
 * page that has both.
 */
export function putFigures(name: string, markdown: string): void {
  console.log(markdown);
  if (!isWriting) return;
  const page = PAGES.find((one) => readFileSync(one, "utf8").includes(`<!-- bench:${name} -->`));
  if (page === undefined) throw new Error(`no page has <!-- bench:${name} -->`);
  writeFileSync(page, replaced(readFileSync(page, "utf8"), name, markdown));
}

/** The text between the name's markers replaced, and nothing else. */
export function replaced(page: string, name: string, markdown: string): string {
  const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const from = page.indexOf(open);
  const to = page.indexOf(close, from);
  if (from < 0 || to < 0) throw new Error(`the page has no ${open} … ${close}`);
  return `${page.slice(0, from + open.length)}\n\n${markdown}\n\n${page.slice(to)}`;
}

/** Writes docs/charts/<name>.json, the figures behind a table or chart, where the run is writing. */
export function writeData(name: string, data: unknown): void {
  if (!isWriting) return;
  mkdirSync(CHARTS, { recursive: true });
  writeFileSync(join(CHARTS, `${name}.json`), `${JSON.stringify(data, null, 2)}\n`);
}
