import { limits } from "../../policy/limits";

interface Common {
  readonly about: string;
  /** One letter or digit: `-l` beside `--login`. */
  readonly short?: string;
  /** Long names of options that cannot be given beside this one, each with the reason. */
  readonly excludes?: Readonly<Record<string, string>>;
}

interface WithValue {
  /** The word for the value in the help text. */
  readonly value: string;
  readonly required?: true;
}

interface Switch extends Common {
  readonly kind: "switch";
}

interface TextOption extends Common, WithValue {
  readonly kind: "text" | "file";
  readonly default?: string;
}

/** A whole number. */
interface NumberOption extends Common, WithValue {
  readonly kind: "number";
  readonly unit: string;
  readonly range: { readonly min: number; readonly max: number };
  readonly default?: number;
}

interface ChoiceOption extends Common, WithValue {
  readonly kind: "choice";
  readonly choices: Choices;
  readonly default?: string;
}

/** The words that a value may be, each with its description. */
export type Choices = Readonly<Record<string, string>>;

/** An option of a command. */
export type Option = Switch | TextOption | NumberOption | ChoiceOption;

/** The options of a command by their long names. */
export type Options = Readonly<Record<string, Option>>;

type Given<O, V> = O extends { readonly default: unknown } | { readonly required: true } ? V : V | undefined;

type ValueOf<O> = O extends { readonly kind: "switch" }
  ? boolean
  : O extends { readonly kind: "number" }
    ? Given<O, number>
    : O extends { readonly kind: "choice"; readonly choices: infer C }
      ? Given<O, keyof C & string>
      : Given<O, string>;

/** What the options of a command line say. An option that is not given has its default, else it is undefined. */
export type Values<O extends Options> = { readonly [N in keyof O]: ValueOf<O[N]> };

/** An option that takes a port number. */
export function portOption<const D extends { readonly about: string; readonly default?: number }>(more: D) {
  return { kind: "number", value: "PORT", unit: "a port", range: limits.port, ...more } as const;
}
