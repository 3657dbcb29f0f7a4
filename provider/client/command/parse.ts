import { limits } from "../../policy/limits";
import { allowedFields } from "../../util/nearest";
import { readHost } from "../hostArgument";
import { UsageError } from "../usageError";
import { type Command, type Given, splitWords } from "./command";
import type { Choices, Option, Options } from "./option";
import type { Positional, Positionals } from "./positional";
import { readWords, type TypedOption } from "./words";

type Value = string | number | boolean | undefined;

/**
 * Reads the arguments of a command.
 * @throws UsageError that names the option or argument, never its value.
 */
export function parseArguments(command: Command, args: readonly string[]): Given<Options, Positionals> {
  const { own, rest } = splitWords(command, args);
  const words = readWords(own, command.options);
  const values = readOptions(command.options, words.options);
  const positionals = readPositionals(command.positionals, words.positionals);
  // The types of both follow from the same data: see ValueOf and ArgumentOf.
  return { values, positionals, rest } as Given<Options, Positionals>;
}

function readOptions(options: Options, typed: readonly TypedOption[]): Record<string, Value> {
  const given = new Map(typed.map((one) => [one.name, one]));
  for (const one of typed) refuseUnfit(one, options, given);
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => [name, readOption(name, option, given.get(name))]),
  );
}

/** @throws UsageError for an option that is unknown, has no value or a value too many, or excludes another. */
function refuseUnfit(
  { name, typed, value }: TypedOption,
  options: Options,
  given: ReadonlyMap<string, TypedOption>,
): void {
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) {
    const names = Object.keys(options).map((one) => `--${one}`);
    throw new UsageError(`unknown option ${typed}; ${allowedFields(typed, names)}`);
  }
  if (option.kind === "switch" && value !== undefined) throw new UsageError(`${typed} takes no value`);
  if (option.kind !== "switch" && value === undefined) throw new UsageError(`${typed} needs a value`);
  for (const [other, reason] of Object.entries(option.excludes ?? {})) {
    const beside = given.get(other);
    if (beside) throw new UsageError(`${typed} and ${beside.typed} do not go together: ${reason}`);
  }
}

function readOption(name: string, option: Option, given: TypedOption | undefined): Value {
  if (option.kind === "switch") return given !== undefined;
  const text = given?.value;
  if (text === undefined) {
    if (option.required) throw new UsageError(`--${name} is missing`);
    return option.default;
  }
  switch (option.kind) {
    case "text":
    case "file":
      return text;
    case "number":
      return readNumber(`--${name}`, text, option.range, option.unit);
    case "choice":
      return readChoice(`--${name}`, text, option.choices);
  }
}

type Argument = string | number | readonly string[] | undefined;

function readPositionals(positionals: Positionals, texts: readonly string[]): Record<string, Argument> {
  const expected = Object.entries(positionals);
  const takesAll = expected.some(([, { kind }]) => kind === "files");
  if (texts.length > expected.length && !takesAll) {
    const names = expected.map(([, { name }]) => name).join(" ");
    throw new UsageError(`too many arguments: ${names === "" ? "it takes none" : `it takes ${names}`}`);
  }
  return Object.fromEntries(
    expected.map(([key, positional], index) => [key, readPositional(positional, texts.slice(index))]),
  );
}

function readPositional(positional: Positional, [text, ...more]: readonly string[]): Argument {
  const { name, optional } = positional;
  if (text === undefined) {
    if (optional) return undefined;
    throw new UsageError(`${name} is missing`);
  }
  switch (positional.kind) {
    case "host":
      return readHost(text);
    case "port":
      return readNumber(name, text, limits.port, "a port");
    case "destination":
    case "file":
      return text;
    case "files":
      return [text, ...more];
    case "choice":
      return readChoice(name, text, positional.choices);
  }
}

function readChoice(name: string, text: string, choices: Choices): string {
  if (Object.hasOwn(choices, text)) return text;
  throw new UsageError(`${name} takes ${Object.keys(choices).join(", ")}`);
}

function readNumber(
  name: string,
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
  unit: string,
): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (min <= value && value <= max) return value;
  throw new UsageError(`${name} takes ${unit}, a whole number from ${min} to ${max}`);
}
