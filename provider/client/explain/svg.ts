import type { NameKnock } from "../../rules/describe";
import { diagramOf, type Edge } from "../../rules/diagram";
import { plainText } from "../../util/plainText";
import type { Explained } from "./explained";
import { closesAfter, stageName } from "./stages";

const BOX = { width: 148, height: 44, pitch: 104 };
const MARGIN = 24;
/** The distance between the boxes and the first line beside them. */
const GAP = 32;
/** The distance between an arrow and its label. */
const LABEL_GAP = 12;
/** The label of the arrow of a door that has one-time tokens only. Beside a sequence, the picture does not show tokens. */
const TOKEN = "a one-time token";
/** The width of a character, estimated: the font of the reader decides. */
const CHARACTER = 7.4;

/**
 * The states as a picture, one under the other. Knocks lead down. Lines on the left lead back to an earlier stage, lines on
 * the right close the door. Plain SVG 1.1 without scripts and fonts.
 */
export function explainSvg({ policy, labelKnock }: Explained): string {
  const { stages, forward, back } = diagramOf(policy);
  const backs = waysBack(back, labelKnock);
  const lane = widest(backs.map(({ label }) => label));
  const left = backs.length === 0 ? MARGIN : MARGIN + GAP + backs.length * lane;
  const right = left + BOX.width;
  const resets = stages > 1 ? ["any other knock, or", `${policy.stepTimeoutSeconds} s without the next`] : [];
  const expiry = closesAfter(policy);
  const ways = forward.length === 0 ? [TOKEN] : forward.map(({ step }) => labelKnock(step));
  const down = widest(ways);
  const resetX = Math.max(right + GAP, left + BOX.width / 2 + LABEL_GAP + down);
  const openX = stages > 1 ? resetX + widest(resets) + 20 : resetX;
  const width = openX + widest([expiry]) + MARGIN;
  const height = 2 * MARGIN + stages * BOX.pitch + BOX.height;
  const middle = (stage: number) => MARGIN + stage * BOX.pitch + BOX.height / 2;
  const center = left + BOX.width / 2;
  const half = (middle(0) + middle(stages)) / 2;
  const between = Array.from({ length: stages - 1 }, (_, index) => index + 1);

  const boxes = [0, ...between, stages].map((stage) => {
    const kind = stage === 0 ? "closed" : stage === stages ? "open" : "stage";
    const y = middle(stage);
    return (
      `<rect class="${kind}" x="${left}" y="${y - BOX.height / 2}" width="${BOX.width}" height="${BOX.height}" rx="10"/>` +
      `<text class="name" x="${center}" y="${y + 5}">${xml(stageName(stage, stages))}</text>`
    );
  });
  const arrows = ways.map((label, from) => {
    const y = (middle(from) + middle(from + 1)) / 2;
    return (
      arrow(`M${center} ${middle(from) + BOX.height / 2}V${middle(from + 1) - BOX.height / 2 - 2}`) +
      `<text x="${center + LABEL_GAP}" y="${y + 4}">${xml(label)}</text>`
    );
  });
  const up = backs.map(({ froms, to, label }, nth) => {
    const x = left - GAP - nth * lane;
    const starts = froms.map((from) => middle(from) - 6);
    const [start, end] = [Math.max(...starts), middle(to) + 6];
    return (
      starts.map((y) => line(`M${left} ${y}H${x}`)).join("") +
      arrow(`M${x} ${start}V${end}H${left - 2}`) +
      `<text class="end" x="${x - 6}" y="${(start + end) / 2 + 4}">${xml(label)}</text>`
    );
  });
  const closing = [
    ...between.map((stage) => line(`M${right} ${middle(stage)}H${resetX}`)),
    ...(stages > 1 ? [arrow(`M${resetX} ${middle(stages - 1)}V${middle(0) + 6}H${right + 2}`)] : []),
    arrow(`M${right} ${middle(stages)}H${openX}V${middle(0) - 6}H${right + 2}`),
    ...resets.map(
      (text, index) => `<text x="${resetX + 10}" y="${half + 18 * index - 4}">${xml(text)}</text>`,
    ),
    `<text x="${openX + 10}" y="${half + 4}">${xml(expiry)}</text>`,
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${Math.ceil(width)} ${height}" width="${Math.ceil(width)}" height="${height}" role="img">`,
    "<title>States of a port-knocking door</title>",
    `<style>${STYLE}</style>`,
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>',
    '<rect class="paper" width="100%" height="100%"/>',
    ...boxes,
    ...arrows,
    ...up,
    ...closing,
    "</svg>",
    "",
  ].join("\n");
}

const STYLE =
  "text{font:13px ui-sans-serif,system-ui,Helvetica,Arial,sans-serif;fill:#24292f}.end{text-anchor:end}.name{text-anchor:middle;font-weight:600}" +
  ".paper{fill:#fff}rect{stroke-width:1.5}.closed{fill:#ffebe9;stroke:#cf222e}" +
  ".stage{fill:#f6f8fa;stroke:#57606a}.open{fill:#dafbe1;stroke:#1a7f37}.line{fill:none;stroke:#57606a;stroke-width:1.5}" +
  ".head{fill:#57606a}" +
  // For readers whose screen is dark, wherever the picture is shown.
  "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.paper{fill:#0d1117}.closed{fill:#3c1618}.stage{fill:#161b22}.open{fill:#0f2d1a}" +
  ".line{stroke:#8b949e}.head{fill:#8b949e}}";

/** All edges back to one stage by one knock, drawn as one line. */
interface WayBack {
  readonly froms: readonly number[];
  readonly to: number;
  readonly label: string;
}

/** The shortest line is nearest to the boxes. */
function waysBack(edges: readonly Edge[], labelKnock: NameKnock): WayBack[] {
  const ways = new Map<string, WayBack>();
  for (const { from, to, step } of edges) {
    const label = labelKnock(step);
    const froms = [...(ways.get(`${to} ${label}`)?.froms ?? []), from];
    ways.set(`${to} ${label}`, { froms, to, label });
  }
  const span = ({ froms, to }: WayBack) => Math.max(...froms) - to;
  return [...ways.values()].sort((a, b) => span(a) - span(b));
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(({ length }) => length)) * CHARACTER + 10;
}

function line(path: string): string {
  return `<path class="line" d="${path}"/>`;
}

function arrow(path: string): string {
  return `<path class="line" d="${path}" marker-end="url(#head)"/>`;
}

/** XML 1.0 forbids control characters, even as entities (2.2). */
function xml(text: string): string {
  return plainText(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
