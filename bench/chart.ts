import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isWriting } from "./pages";

/** Horizontal bars in groups. */
export interface Chart {
  readonly title: string;
  /** What a bar's length is, its unit, and which way is better. */
  readonly measure: string;
  readonly groups: readonly Group[];
  /** Draws a line at this value. For ratios: the 1 of what they are ratios to. */
  readonly reference?: number;
}

export interface Group {
  readonly label: string;
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** What stands at the bar's end; two decimals of its value unless given. */
  readonly text?: string;
  /** Ours have the color, others are gray. */
  readonly isOurs?: boolean;
}

const WIDTH = 760;
const MARGIN = 20;
const BAR = { height: 14, pitch: 22, round: 3 };
const GROUP = { head: 24, gap: 12 };
const HEAD = 64;
/** An estimate: the reader's font decides. */
const CHARACTER = 6.6;
const FOLDER = join(__dirname, "../docs/charts");

/** Writes docs/charts/<name>.svg, where the run is to write what it finds (`isWriting`). */
export function writeChart(name: string, chart: Chart): void {
  if (!isWriting) return;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${name}.svg`), barChart(chart));
}

/** Plain SVG 1.1 with no script and no font of its own; its colors follow the reader's, light or dark. */
export function barChart({ title, measure, groups, reference }: Chart): string {
  const bars = groups.flatMap((group) => group.bars);
  const left = MARGIN + widest(bars.map(({ label }) => label)) + 10;
  const room = WIDTH - MARGIN - left - widest(bars.map(textOf)) - 8;
  const scale = room / Math.max(...bars.map(({ value }) => value), reference ?? 0);
  const parts: string[] = [];
  let y = HEAD;
  for (const { label, bars } of groups) {
    parts.push(`<text class="group" x="${MARGIN}" y="${y + 14}">${xml(label)}</text>`);
    y += GROUP.head;
    for (const bar of bars) {
      parts.push(...barParts(bar, left, y, scale));
      y += BAR.pitch;
    }
    y += GROUP.gap;
  }
  const height = y - GROUP.gap + MARGIN - (BAR.pitch - BAR.height);
  if (reference !== undefined) {
    const x = round(left + reference * scale);
    parts.unshift(`<path class="reference" d="M${x} ${HEAD} V${height - MARGIN / 2}"/>`);
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${xml(title)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
    `<text class="title" x="${MARGIN}" y="28">${xml(title)}</text>`,
    `<text class="measure" x="${MARGIN}" y="46">${xml(measure)}</text>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function barParts(bar: Bar, left: number, y: number, scale: number): string[] {
  const { height, round: radius } = BAR;
  const length = Math.max(round(bar.value * scale), radius);
  const straight = round(length - radius);
  const middle = y + height - 3;
  return [
    `<text class="end" x="${left - 8}" y="${middle}">${xml(bar.label)}</text>`,
    `<path class="${bar.isOurs ? "ours" : "other"}" d="M${left} ${y} h${straight} q${radius} 0 ${radius} ${radius} ` +
      `v${height - 2 * radius} q0 ${radius} ${-radius} ${radius} h${-straight} z"/>`,
    `<text x="${round(left + length + 6)}" y="${middle}">${xml(textOf(bar))}</text>`,
  ];
}

function textOf({ value, text }: Bar): string {
  return text ?? value.toFixed(2);
}

function widest(labels: readonly string[]): number {
  return Math.ceil(Math.max(0, ...labels.map(({ length }) => length)) * CHARACTER);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function xml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

/** A ground of its own, since the page around it may not follow the reader's colors. */
const STYLE = [
  "text { font: 12px system-ui, sans-serif; fill: #3d4248 } .end { text-anchor: end }",
  ".title { font-size: 15px; font-weight: 600; fill: #14171a } .group { font-weight: 600; fill: #14171a }",
  ".ground { fill: #ffffff } .ours { fill: #2563c9 } .other { fill: #a3abb5 }",
  // What the line crosses stays readable.
  "text { paint-order: stroke; stroke: #ffffff; stroke-width: 4px }",
  ".reference { stroke: #6b737d; stroke-dasharray: 3 3; fill: none }",
  "@media (prefers-color-scheme: dark) {",
  "text { fill: #c3c9d1; stroke: #14171a } .title, .group { fill: #f0f3f6 } .ground { fill: #14171a }",
  ".ours { fill: #5b9bff } .other { fill: #636c77 } .reference { stroke: #9aa3ad } }",
].join("\n");
