import { writeChart } from "../chart";
import { markdownTable, measuredHere, putFigures, writeData } from "../pages";
import type { Operation } from "./ours";
import { AT_ONCE, type Peer } from "./peers";
import { BESIDE, type StackName } from "./stacks";
import type { Times } from "./times";

const LOOP = "ssh loop";
const OURS = "ours" satisfies StackName;

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
  /** Whose run it is, where it is not ours. */
  readonly who?: keyof typeof BESIDE;
  readonly to: { readonly who: string; readonly what: string; readonly name: string };
  readonly atMost: number;
}

const TARGETS: readonly Target[] = [
  { operation: "first", to: { who: LOOP, what: "first", name: LOOP }, atMost: 2 },
  { operation: "first", to: { who: "pyinfra", what: "first", name: "pyinfra" }, atMost: 1 / 2 },
  { operation: "first", to: { who: "Ansible", what: "first", name: "Ansible" }, atMost: 1 / 4 },
  { operation: "again", to: { who: OURS, what: "empty", name: "an empty stack" }, atMost: 1.2 },
  { operation: "refresh", to: { who: LOOP, what: "first", name: LOOP }, atMost: 1.2 },
  { operation: "changed", to: { who: OURS, what: "first", name: "the first `up`" }, atMost: 1 },
  { operation: "destroy", to: { who: LOOP, what: "first", name: LOOP }, atMost: 2 },
  ...(["plugin", "yaml"] as const).map((who) => byPlugin(who, "refresh", 0.85)),
  byPlugin("yaml", "first", 0.8),
  byPlugin("yaml", "again", 0.6),
];

/** Beside the same operation of the dynamic front end. */
function byPlugin(who: "plugin" | "yaml", operation: Operation, atMost: number): Target {
  return { operation, who, to: { who: OURS, what: operation, name: "the dynamic front end" }, atMost };
}

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
      row(`**${name}**`, OURS, operation),
      ...(operation === "empty"
        ? []
        : Object.entries(BESIDE).map(([who, whose]) => row(`… ${whose}`, who, operation))),
    ]),
  ];
  const largest = Math.max(...sizes);
  const targets = TARGETS.map(({ operation, who, to, atMost }) => {
    const ratioOf = (from: StackName, base: string) =>
      times.of(largest, from, operation) / times.of(largest, base, to.what);
    const ratio = ratioOf(who ?? OURS, to.who);
    const control = ratioOf("control", to.who === OURS ? "control" : to.who);
    const verdict = Number.isNaN(ratio) ? "not measured" : ratio <= atMost ? "yes" : "no";
    return [
      `${OPERATION_NAMES[operation]}${who ? ` ${BESIDE[who]}` : ""} / ${to.name}`,
      ratio.toFixed(2),
      who ? "" : control.toFixed(2),
      atMost.toFixed(2),
      verdict,
    ];
  });
  putFigures(
    "fleet",
    [
      markdownTable(["", ...sizes.map((size) => `${size} host${size === 1 ? "" : "s"}`)], rows),
      `Seconds, and in brackets as ratios to the ssh loop's first run; medians of ${rounds} interleaved rounds, ${AT_ONCE} hosts at once. ${measuredHere()}.`,
      markdownTable([`at ${largest} hosts`, "ratio", BESIDE.control, "aim, at most", "met"], targets),
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
          { ...bar(times, largest, "pulumi-portknock", OURS, "first"), isOurs: true },
          { ...bar(times, largest, "a step changed", OURS, "changed"), isOurs: true },
        ],
      },
      {
        label: "run again, nothing to do",
        bars: [
          ...peers.map(({ name }) => bar(times, largest, name, name, "again")),
          { ...bar(times, largest, "pulumi-portknock", OURS, "again"), isOurs: true },
          { ...bar(times, largest, "refresh", OURS, "refresh"), isOurs: true },
        ],
      },
    ],
  });
}

function bar(times: Times, size: number, label: string, who: string, what: string) {
  const value = times.of(size, who, what);
  return { label, value, text: `${value.toFixed(1)} s` };
}
