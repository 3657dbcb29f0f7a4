import type { Choices } from "./option";

interface Common {
  /** The word for it in usage lines and messages. */
  readonly name: string;
  readonly optional?: true;
}

/** `destination` is what ssh takes: a host, perhaps with a user. `files` takes all arguments that are left. */
interface Plain extends Common {
  readonly kind: "host" | "destination" | "port" | "file" | "files";
}

interface Choice extends Common {
  readonly kind: "choice";
  readonly choices: Choices;
}

/** An argument of a command that is no option. */
export type Positional = Plain | Choice;

/** The positional arguments of a command, in their order on the command line. */
export type Positionals = Readonly<Record<string, Positional>>;

type Given<P, V> = P extends { readonly optional: true } ? V | undefined : V;

type ArgumentOf<P> = P extends { readonly kind: "files" }
  ? readonly string[]
  : P extends { readonly kind: "port" }
    ? Given<P, number>
    : P extends { readonly kind: "choice"; readonly choices: infer C }
      ? Given<P, keyof C & string>
      : Given<P, string>;

/** The positional arguments that a command line has. */
export type Arguments<P extends Positionals> = { readonly [N in keyof P]: ArgumentOf<P[N]> };
