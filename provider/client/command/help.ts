import { doorNotes, doorOptions } from "../doorOptions";
import { type Command, type Commands, usageLines } from "./command";
import type { Choices, Option, Options } from "./option";

const WIDTH = 100;
const INDENT = "  ";

const EXIT_CODES = `Exit codes: 0 open, or done · 1 the door stayed shut, or something failed · 2 wrong command line ·
ssh and run: the exit code of the command that they run · 128 + N: ended by signal N`;

const SHARED: Options = doorOptions;
const SHARED_OPTIONS = "Options of every command that knocks, which `portknock help options` explains:";

/** What the options that commands share mean, explained once. */
export function helpOfOptions(): string {
  return [
    "Options of every command that knocks:",
    ...table(Object.entries(SHARED).flatMap(optionRows)),
    "",
    ...doorNotes.flatMap((paragraph) => [...wrap(paragraph, INDENT)]),
  ].join("\n");
}

function shortName([long, option]: readonly [string, Option]): string {
  return option.short ? `-${option.short}` : `--${long}`;
}

/** All commands, a line each: this fits on a screen. */
export function overview(commands: Commands): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => [name, summary] as const);
  return [
    "portknock COMMAND [ARGUMENTS]",
    "",
    ...table(rows),
    "",
    "portknock COMMAND --help explains a command, portknock help options what commands share.",
    "portknock --version prints the version.",
    "",
    EXIT_CODES,
  ].join("\n");
}

/** What a command does, and each of its options. */
export function helpOf(name: string, command: Command): string {
  const { description, options, notes = [], examples = [] } = command;
  const entries = Object.entries(options);
  const isShared = ([long, option]: (typeof entries)[number]) => SHARED[long] === option;
  const [own, shared] = [entries.filter((one) => !isShared(one)), entries.filter(isShared)];
  const choices = Object.values(command.positionals).flatMap((positional) =>
    positional.kind === "choice" ? choiceRows(positional.choices) : [],
  );
  const about = [...description.flatMap((paragraph) => wrap(paragraph, INDENT)), ...table(choices)];
  const sections = [
    [...usageLines(name, command), ...about],
    titled("Options:", table(own.flatMap(optionRows))),
    shared.length === 0 ? [] : wrap(`${SHARED_OPTIONS} ${shared.map(shortName).join(" ")}`, INDENT),
    notes.flatMap((paragraph) => wrap(paragraph, INDENT)),
    titled(
      "Examples:",
      examples.map((example) => INDENT + example),
    ),
    [EXIT_CODES],
  ];
  return sections.flatMap((lines) => (lines.length === 0 ? [] : [lines.join("\n")])).join("\n\n");
}

function titled(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines];
}

type Row = readonly [label: string, text: string];

function optionRows([long, option]: readonly [string, Option]): Row[] {
  const names = `${option.short ? `-${option.short}, ` : ""}--${long}`;
  switch (option.kind) {
    case "switch":
      return [[names, option.about]];
    case "text":
    case "file":
    case "number":
      return [[`${names} ${option.value}`, option.about + defaultOf(option)]];
    case "choice":
      return [[`${names} ${option.value}`, option.about + defaultOf(option)], ...choiceRows(option.choices)];
  }
}

function defaultOf(option: { readonly default?: string | number }): string {
  return option.default === undefined ? "" : ` (default: ${option.default})`;
}

function choiceRows(choices: Choices): Row[] {
  return Object.entries(choices).map(([choice, about]) => [`${INDENT}${choice}`, about]);
}

/** Two columns. */
function table(rows: readonly Row[]): string[] {
  const column = Math.max(0, ...rows.map(([label]) => label.length)) + 2 * INDENT.length;
  return rows.flatMap(([label, text]) => {
    const [first = "", ...more] = wrap(text, " ".repeat(column));
    return [`${INDENT}${label}`.padEnd(column) + first.trimStart(), ...more];
  });
}

/** A text in braces or backquotes stays on one line. */
const WORD = /(?:\{[^}]*\}|`[^`]*`|[^\s{`])+/g;

/** A paragraph as lines of at most WIDTH characters. */
function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.match(WORD) ?? []) {
    const isFull = line.length > indent.length && line.length + 1 + word.length > WIDTH;
    if (isFull) lines.push(line);
    line = isFull || line.length === indent.length ? indent + word : `${line} ${word}`;
  }
  return [...lines, line];
}
