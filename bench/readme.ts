import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";

const README = join(__dirname, "../README.md");
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
 * README, which has both.
 */
export function putFigures(name: string, markdown: string): void {
  console.log(markdown);
  if (!isWriting) return;
  writeFileSync(README, replaced(readFileSync(README, "utf8"), name, markdown));
}

/** The text between the name's markers replaced, and nothing else. */
export function replaced(readme: string, name: string, markdown: string): string {
  const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const from = readme.indexOf(open);
  const to = readme.indexOf(close, from);
  if (from < 0 || to < 0) throw new Error(`README.md has no ${open} … ${close}`);
  return `${readme.slice(0, from + open.length)}\n\n${markdown}\n\n${readme.slice(to)}`;
}

/** Writes docs/charts/<name>.json, the figures behind a table or chart, where the run is writing. */
export function writeData(name: string, data: unknown): void {
  if (!isWriting) return;
  mkdirSync(CHARTS, { recursive: true });
  writeFileSync(join(CHARTS, `${name}.json`), `${JSON.stringify(data, null, 2)}\n`);
}
