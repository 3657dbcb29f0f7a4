/** An option of a rule and its value; for the `recent` match also what follows it. */
export interface Clause {
  readonly value: string;
  name?: string;
  seconds?: string;
  hitcount?: string;
  mask?: string;
}

/** Options without a value. */
const FLAGS: readonly string[] = ["--rcheck", "--update", "--remove", "--set", "--syn"];

const RECENT = ["name", "seconds", "hitcount", "mask"] as const;

/**
 * The options of a rule as iptables-save writes it. `!` becomes part of the option; what is implied is left out, as is
 * `-m` for all matches but `socket`, which has no option to show that it is there.
 */
export type Clauses = Map<string, Clause>;

const ALL_ONES = ["255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"];

/** Splits a rule into its options. Undefined where an option stands twice or has no value: no rule of the compiler's. */
export function readClauses(line: string): Clauses | undefined {
  const words = splitWords(line);
  const clauses: Clauses = new Map();
  let last: Clause | undefined;
  let prefix = "";
  for (let next = 0; next < words.length; ) {
    const word = words[next++] ?? "";
    if (word === "!") {
      prefix = "! ";
      continue;
    }
    if (word === "--rsource") continue;
    const value = FLAGS.includes(word) ? "" : words[next++];
    if (value === undefined) return undefined;
    if ((word === "-m" && value !== "socket") || (word === "--mask" && ALL_ONES.includes(value))) continue;
    const part = RECENT.find((name) => word === `--${name}`);
    if (part && last) last[part] = value;
    else {
      const isSyn = word === "--tcp-flags" && value === "FIN,SYN,RST,ACK" && words[next] === "SYN";
      if (isSyn) next++;
      const named = prefix + (isSyn ? "--syn" : word);
      // A rule may put a source on two lists.
      const option = named === "--set" && clauses.has(named) ? "second --set" : named;
      if (clauses.has(option)) return undefined;
      last = { value };
      clauses.set(option, last);
    }
    prefix = "";
  }
  return clauses;
}

/** Words are separated by spaces; one with spaces stands in double quotes, with backslashes before quotes in it. */
function splitWords(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? "") : quoted.replace(/\\(.)/g, "$1"),
  );
}
