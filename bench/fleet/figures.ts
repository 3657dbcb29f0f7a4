import { writeChart } from "../chart";
import { markdownTable, measuredHere, putFigures, writeData } from "../pages";
import type { Operation } from "./ours";
import { AT_ONCE, type Peer } from "./peers";
import type { Times } from "./times";

const LOOP = "ssh loop";
const CONTROL = "resources that do nothing";

const OPERATION_NAMES: Readonly<Record<Operation, string>> = {
  empty: "`up` of an empty stack",
  first: "first `up`",
  again: "`up`, nothing to do",
  refresh: "`refresh`",
  changed: "`up`, a step changed on each",
  destroy: "`destroy`",
};

/** What each operation is held to: so many times what another run took, at the most. */
interface Target {
  readonly operation: Operation;
  readonly to: { readonly who: string; readonly what: string; readonly name: string };
  readonly atMost: number;
}

const TARGETS: readonly Target[] = [
  { operation: "first", to: { who: LOOP, what: "first", name: LOOP }, atMost: 2 },
  { operation: "first", to: { who: "pyinfra", what: "first", name: "pyinfra" }, atMost: 1 / 2 },
  { operation: "first", to: { who: "Ansible", what: "first", name: "Ansible" }, atMost: 1 / 4 },
  { operation: "again", to: { who: "ours", what: "empty", name: "an empty stack" }, atMost: 1.2 },
  { operation: "refresh", to: { who: LOOP, what: "first", name: LOOP }, atMost: 1.2 },
  { operation: "changed", to: { who: "ours", what: "first", name: "the first `up`" }, atMost: 1 },
  { operation: "destroy", to: { who: LOOP, what: "first", name: LOOP }, atMost: 2 },
];

/** Puts the tables, the chart and the raw times where readers find them. */
export function report(times: Times, sizes: readonly number[], rounds: number, peers: readonly Peer[]): void {
  const cell = (size: number, who: string, what: string) => {
    const seconds = times.of(size, who, what);
    const failed = times.failures(size, who, what);
    const ratio = (seconds / times.of(size, LOOP, "first")).toFixed(2);
    return `${seconds.toFixed(1)} s (${ratio})${failed > 0 ? `, ${failed} failed` : ""}`;
  };
  const row = (name: string, who: string, what: string) => [
    name,
    ...sizes.map((size) => cell(size, who, what)),
  ];
  const rows = [
    ...peers.flatMap(({ name }) => [row(name, name, "first"), row(`${name}, again`, name, "again")]),
    ...Object.entries(OPERATION_NAMES).flatMap(([operation, name]) => [
      row(`**${name}**`, "ours", operation),
      ...(operation === "empty" ? [] : [row(`… of ${CONTROL}`, "control", operation)]),
    ]),
  ];
  const largest = Math.max(...sizes);
  const targets = TARGETS.map(({ operation, to, atMost }) => {
    const ratio = times.of(largest, "ours", operation) / times.of(largest, to.who, to.what);
    const controlTo = to.who === "ours" ? "control" : to.who;
    const control = times.of(largest, "control", operation) / times.of(largest, controlTo, to.what);
    const verdict = Number.isNaN(ratio) ? "not measured" : ratio <= atMost ? "yes" : "no";
    const figures = [ratio, control, atMost].map((value) => value.toFixed(2));
    return [`${OPERATION_NAMES[operation]} / ${to.name}`, ...figures, verdict];
  });
  putFigures(
    "fleet",
    [
      markdownTable(["", ...sizes.map((size) => `${size} host${size === 1 ? "" : "s"}`)], rows),
      `Seconds, and in brackets as ratios to the ssh loop's first run; medians of ${rounds} interleaved rounds, ${AT_ONCE} hosts at once. ${measuredHere()}.`,
      markdownTable([`at ${largest} hosts`, "ratio", `of ${CONTROL}`, "aim, at most", "met"], targets),
    ].join("\n\n"),
  );
  writeData("fleet", { seconds: times.all(), rounds, measured: measuredHere() });
  writeChart("fleet", {
    title: `Rules on ${largest} hosts`,
    measure: `seconds, ${AT_ONCE} hosts at once; shorter is better`,
    groups: [
      {
        label: "put there",
        bars: [
          ...peers.map(({ name }) => bar(times, largest, name, name, "first")),
          { ...bar(times, largest, "pulumi-portknock", "ours", "first"), isOurs: true },
          { ...bar(times, largest, "a step changed", "ours", "changed"), isOurs: true },
        ],
      },
      {
        label: "run again, nothing to do",
        bars: [
          ...peers.map(({ name }) => bar(times, largest, name, name, "again")),
          { ...bar(times, largest, "pulumi-portknock", "ours", "again"), isOurs: true },
          { ...bar(times, largest, "refresh", "ours", "refresh"), isOurs: true },
        ],
      },
    ],
  });
}

function bar(times: Times, size: number, label: string, who: string, what: string) {
  const value = times.of(size, who, what);
  return { label, value, text: `${value.toFixed(1)} s` };
}
