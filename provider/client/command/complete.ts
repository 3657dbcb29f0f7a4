import { readConfig } from "../sources/configFile";
import { type Command, type Commands, splitWords } from "./command";
import type { Option } from "./option";
import type { Positional } from "./positional";
import { readWords } from "./words";

/** The words that may follow these words of a command line. None means a file, or anything. */
export async function wordsAfter(
  commands: Commands,
  [name, ...args]: readonly string[],
): Promise<readonly string[]> {
  const names = Object.keys(commands);
  if (name === undefined) return [...names, "help", "--help", "--version"];
  if (name === "help") return args.length === 0 ? [...names, "options"] : [];
  const listed = Object.hasOwn(commands, name) ? commands[name] : undefined;
  return listed === undefined ? [] : wordsOf(await listed.load(), args);
}

function wordsOf(command: Command, args: readonly string[]): readonly string[] {
  if (args.includes("--")) return [];
  const { own } = splitWords(command, args);
  const { options, positionals } = readWords(own, command.options);
  const last = options.at(-1);
  const open = last && Object.hasOwn(command.options, last.name) ? command.options[last.name] : undefined;
  if (open && last?.value === undefined && own.at(-1) === last?.typed && open.kind !== "switch")
    return open.kind === "choice" ? Object.keys(open.choices) : [];
  const given = new Set(options.map((one) => one.name));
  const free = Object.entries(command.options).filter(([long]) => !given.has(long));
  const next = Object.values(command.positionals)[positionals.length];
  return [...free.flatMap(namesOf), "--help", ...(next ? argumentWords(next) : [])];
}

function namesOf([long, { short }]: readonly [string, Option]): string[] {
  return [...(short ? [`-${short}`] : []), `--${long}`];
}

function argumentWords(positional: Positional): readonly string[] {
  switch (positional.kind) {
    case "host":
    case "destination":
      return configuredHosts();
    case "choice":
      return Object.keys(positional.choices);
    case "port":
    case "file":
    case "files":
      return [];
  }
}

/** A wrong configuration proposes nothing: an error would disturb the user who types. */
function configuredHosts(): string[] {
  try {
    const doors = readConfig()?.doors ?? [];
    return [...new Set(doors.flatMap(({ name, host }) => (name === undefined ? [host] : [name, host])))];
  } catch {
    return [];
  }
}
