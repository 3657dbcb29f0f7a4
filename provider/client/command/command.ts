import type { Options, Values } from "./option";
import type { Arguments, Positionals } from "./positional";

/** A command line, read by the command's own data. */
export interface Given<O extends Options, P extends Positionals> {
  readonly values: Values<O>;
  readonly positionals: Arguments<P>;
  /** Words for another program. */
  readonly rest: readonly string[];
}

/** The words of a command line, by the program that they are for. */
export interface Split {
  /** Options and positional arguments of the command. */
  readonly own: readonly string[];
  /** Words for another program. */
  readonly rest: readonly string[];
}

/** A command of `portknock` as data. Its parsing, its help text and its completion follow from it. */
export interface Command<O extends Options = Options, P extends Positionals = Positionals> {
  /** What follows `portknock NAME`, a line for each form. */
  readonly usage: readonly string[];
  /** What it does, a paragraph each. */
  readonly description: readonly string[];
  readonly options: O;
  readonly positionals: P;
  /** What concerns several options, a paragraph each. */
  readonly notes?: readonly string[];
  /** Whole command lines. */
  readonly examples?: readonly string[];
  /** Separates the words of another program. Default: what follows `--` is for the other program. */
  split?(args: readonly string[]): Split;
  /** The object that `--json` prints when the command fails. */
  failure?(error: Error): object;
  /**
   * Runs the command. SIGINT, SIGTERM and SIGHUP abort the signal.
   * @returns the exit code; none is 0.
   * @throws UsageError for exit code 2; any other error is exit code 1.
   */
  run(given: Given<O, P>, signal: AbortSignal): Promise<number | undefined> | Promise<void>;
}

/** A command in the list of commands. It is loaded when it is needed: loading takes longer than knocking. */
export interface Listed {
  readonly summary: string;
  load(): Promise<Command>;
}

/** The commands by their names. */
export type Commands = Readonly<Record<string, Listed>>;

/** Ties the types of what `run` gets to the options and positional arguments of the command. */
export function defineCommand<const O extends Options, const P extends Positionals>(
  command: Command<O, P>,
): Command {
  return command;
}

/** The words of a command line, by the program that they are for. */
export function splitWords(command: Command, args: readonly string[]): Split {
  if (command.split) return command.split(args);
  const end = args.indexOf("--");
  return end < 0 ? { own: args, rest: [] } : { own: args.slice(0, end), rest: args.slice(end + 1) };
}

/** How the command is called, a line for each form. */
export function usageLines(name: string, { usage }: Command): string[] {
  return usage.map((form) => `portknock ${name} ${form}`.trimEnd());
}
