/** Options of ssh(1) that take an argument. */
const WITH_ARGUMENT = "BbcDEeFIiJLlmOoPpQRSWw";

/** The words of a command line of `portknock ssh`, by the program that they are for. */
export interface SshArguments {
  /** Options of portknock: those with two dashes, and -4 and -6. */
  readonly own: readonly string[];
  /** Options of ssh as words. */
  readonly options: readonly string[];
  /** The same by their letters. */
  readonly letters: readonly SshOption[];
  /** Undefined where there is none. */
  readonly destination: string | undefined;
  /** The command for the host: every word from its first one on. */
  readonly command: readonly string[];
}

/** An option of ssh: `-vJ jump` is two of them, and only `J` has an argument. */
export interface SshOption {
  readonly letter: string;
  readonly argument?: string;
}

/**
 * Sorts the words as ssh does: its options may be before and after the destination. `takesValue` says which options of
 * portknock have a value. Words after `--` go to ssh unread.
 */
export function readSshArguments(
  args: readonly string[],
  takesValue: (name: string) => boolean,
): SshArguments {
  const own: string[] = [];
  const options: string[] = [];
  const letters: SshOption[] = [];
  let destination: string | undefined;
  const done = (command: readonly string[]) => ({ own, options, letters, destination, command });
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? "";
    const next = args.slice(index + 1, index + 2);
    if (word === "--") return done(args.slice(index + 1));
    if (word.startsWith("--") || word === "-4" || word === "-6") {
      const hasValue = !word.includes("=") && takesValue(word.slice(2));
      own.push(word, ...(hasValue ? next : []));
      if (hasValue) index++;
    } else if (word.startsWith("-") && word !== "-") {
      const bundle = lettersOf(word, next[0]);
      letters.push(...bundle.letters);
      options.push(word, ...(bundle.takesNext ? next : []));
      if (bundle.takesNext) index++;
    } else if (destination === undefined) destination = word;
    else return done(args.slice(index));
  }
  return done([]);
}

/** The letters of one word such as `-vJjump`; the last one's argument may be the next word. */
function lettersOf(word: string, next: string | undefined): { letters: SshOption[]; takesNext: boolean } {
  const all = [...word.slice(1)];
  const end = all.findIndex((letter) => WITH_ARGUMENT.includes(letter));
  const switches = end < 0 ? all : all.slice(0, end);
  const letters: SshOption[] = switches.map((letter) => ({ letter }));
  const letter = end < 0 ? undefined : all[end];
  if (letter === undefined) return { letters, takesNext: false };
  const inline = all.slice(end + 1).join("");
  const takesNext = inline === "";
  const argument = takesNext ? next : inline;
  return { letters: [...letters, { letter, ...(argument !== undefined && { argument }) }], takesNext };
}

/** The argument of an option that counts where it is given several times: ssh takes the last. */
export function argumentOf(options: readonly SshOption[], letter: string): string | undefined {
  return options.findLast((option) => option.letter === letter)?.argument;
}
