import { parseArgs } from "node:util";
import type { Options } from "./option";

/** An option as it is typed. */
export interface TypedOption {
  /** The long name; an unknown option has the name that was typed. */
  readonly name: string;
  /** As typed: `-l` or `--login`. */
  readonly typed: string;
  readonly value: string | undefined;
}

interface Words {
  readonly options: readonly TypedOption[];
  readonly positionals: readonly string[];
}

/** Reads words as options and positional arguments. Judges nothing: options may be unknown, or lack a value. */
export function readWords(words: readonly string[], options: Options): Words {
  const types = Object.entries(options).map(([name, { kind, short }]) => [
    name,
    { type: kind === "switch" ? ("boolean" as const) : ("string" as const), ...(short && { short }) },
  ]);
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(types),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const optionTokens = tokens.filter((token) => token.kind === "option");
  return {
    options: optionTokens.map(({ name, rawName, value, inlineValue }) => ({
      name,
      typed: rawName,
      // `--port --json`: the value is missing, and `--json` is the next option.
      value: inlineValue || !/^-./.test(value ?? "") ? value : undefined,
    })),
    positionals: tokens.filter((token) => token.kind === "positional").map(({ value }) => value),
  };
}
