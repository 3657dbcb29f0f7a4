import { readFileSync } from "node:fs";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { limits } from "../policy/limits";

/** The command was called in a way that it does not understand. */
export class UsageError extends Error {}

/** How a command of `portknock` is called. */
export interface Command {
  /** The synopsis, one line a form, and what the options mean. */
  readonly help: string;
  /** Of the arguments, those that are for this command and no other. Default: all up to `--`. */
  ownWords?(args: readonly string[]): readonly string[];
  /**
   * Runs it. The signal is aborted by SIGINT, SIGTERM and SIGHUP.
   * @returns the exit code, 0 where there is none.
   * @throws UsageError for exit code 2; any other error is exit code 1.
   */
  run(args: string[], signal: AbortSignal): Promise<number | undefined> | Promise<void>;
}

type Options = NonNullable<ParseArgsConfig["options"]>;

/** What a command was given. */
interface Given<O extends Options> {
  readonly values: ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>["values"];
  readonly positionals: readonly string[];
  /** What follows `--`. */
  readonly rest: readonly string[];
}

/** Reads a command's options; what follows `--` is another command's. */
export function readArgs<const O extends Options>(args: readonly string[], options: O): Given<O> {
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  try {
    const { values, positionals } = parseArgs({ args: [...own], options, allowPositionals: true });
    return { values, positionals, rest: end < 0 ? [] : args.slice(end + 1) };
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}

/** A file that the command line names, or a descriptor. Its text is not shown. */
export function readGiven(file: string | 0): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new UsageError(`there is no file ${file}`);
    throw new UsageError(`${file === 0 ? "stdin" : file} cannot be read: ${code}`);
  }
}

/** A whole number in a range, given as an option or an argument. */
export function readNumber(
  name: string,
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
  unit: string,
): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(min <= value && value <= max))
    throw new UsageError(`${name} takes ${unit}, a whole number from ${min} to ${max}`);
  return value;
}

/** A TCP port, given as an option or an argument. */
export function readPort(name: string, text: string): number {
  return readNumber(name, text, limits.port, "a port");
}
