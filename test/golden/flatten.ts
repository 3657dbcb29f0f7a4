/** A rule of a chain: what it asks and does (a set of options, in any order), and where it sends the packet. */
interface Line {
  readonly chain: string;
  readonly options: readonly string[];
  readonly target: string | undefined;
  readonly isGoto: boolean;
}

/** Lines of a document, each option with its values as one text. What `-m` announces is said by its options,
 * except that `socket` has none. */
function readLines(document: string): Line[] {
  return document.split("\n").flatMap((text) => {
    const [, chain, rest] = /^-(?:A|I) (\S+)(?: 1)? (.*)$/.exec(text) ?? [];
    if (chain === undefined || rest === undefined) return [];
    const all =
      rest
        .replace("-m multiport --dports", "--dport")
        .match(/(?:! )?--?[a-z0-9-]+(?: (?!-|!)(?:"[^"]*"|\S+))*/g) ?? [];
    const target = all.find((option) => /^-[jg] /.test(option))?.slice(3);
    const options = all.filter((option) => option === "-m socket" || !/^-[jgm] |^--comment /.test(option));
    return [{ chain, options, target, isGoto: all.some((option) => option.startsWith("-g ")) }];
  });
}

/**
 * A packet's way through the chains, written as rules of INPUT alone: each rule at the end of a path joins the tests
 * of the path. A rule that only returns has no effect of its own, and a path that asks for two protocols or ports has no
 * packet.
 */
export function flatten(document: string): string[][] {
  const lines = readLines(document);
  // Nobody is on a list on which no rule puts anyone.
  const entered = new Set([...document.matchAll(/--set (--name \S+)/g)].map(([, name]) => name));
  const isEmpty = (options: readonly string[]) =>
    options.includes("--update") && !options.some((option) => entered.has(option));
  // Nothing comes past a rule that sends all packets elsewhere for good.
  const reached = (chain: string) => {
    const all = lines.filter((line) => line.chain === chain && !isEmpty(line.options));
    const last = all.findIndex(({ options, isGoto }) => isGoto && options.length === 0);
    return last < 0 ? all : all.slice(0, last + 1);
  };
  const walk = (chain: string, path: readonly string[]): string[][] =>
    reached(chain).flatMap(({ options, target }) => {
      const all = [...new Set([...path, ...options])];
      const joined = all.filter((option) => option !== "! -p icmp" || !all.includes("-p tcp"));
      if (["-p ", "--dport "].some((asked) => joined.filter((option) => option.startsWith(asked)).length > 1))
        return [];
      if (document.includes(`:${target} `)) return walk(target ?? "", joined);
      const isMove = options.some((option) => /^--(set|remove)/.test(option));
      if (target === "RETURN" || target === undefined) return isMove ? [joined] : [];
      return [[...joined, `-j ${target}`]];
    });
  return walk("INPUT", []).map((options) => options.sort());
}
