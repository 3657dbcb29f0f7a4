/** Options of ssh(1) that take an argument. */
const WITH_ARGUMENT = "BbcDEeFIiJLlmOoPpQRSWw";

/** A command line of `portknock ssh`, by whom its words are for. */
export interface SshArguments {
  /** Options of ours: those with two dashes, and -4 and -6. */
  readonly own: readonly string[];
  /** Options of ssh, each with its argument. */
  readonly options: readonly string[];
  /** Undefined where there is none. */
  readonly destination: string | undefined;
  /** The command for the host, which takes all that follows its first word. */
  readonly command: readonly string[];
}

/**
 * Sorts the words as ssh does: its options may stand on both sides of the destination. `takesValue` says which of our options
 * are followed by a value. What follows `--` is for ssh as it is.
 */
export function readSshArguments(
  args: readonly string[],
  takesValue: (name: string) => boolean,
): SshArguments {
  const own: string[] = [];
  const options: string[] = [];
  let destination: string | undefined;
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? "";
    const next = args.slice(index + 1, index + 2);
    if (word === "--") return { own, options, destination, command: args.slice(index + 1) };
    if (word.startsWith("--") || word === "-4" || word === "-6") {
      const hasValue = !word.includes("=") && takesValue(word.slice(2));
      own.push(word, ...(hasValue ? next : []));
      if (hasValue) index++;
    } else if (word.startsWith("-") && word !== "-") {
      const letter = [...word.slice(1)].findIndex((one) => WITH_ARGUMENT.includes(one));
      const isFollowed = letter === word.length - 2;
      options.push(word, ...(isFollowed ? next : []));
      if (isFollowed) index++;
    } else if (destination === undefined) destination = word;
    else return { own, options, destination, command: args.slice(index) };
  }
  return { own, options, destination, command: [] };
}
