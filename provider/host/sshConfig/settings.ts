import { type Line, LineType, parse, type Section } from "ssh-config";

/** The settings of one host in an ssh configuration file. */
export interface Settings {
  /** Whether a Host line names the host, by more than a pattern that every name matches. */
  readonly isNamed: boolean;
  /** By keyword in lower case, the values in the file's order: the first counts, of IdentityFile all. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Keywords of lines that may have more settings and were not followed. */
  readonly notFollowed: readonly string[];
}

/**
 * Reads the sections that apply to a host, and those alone (ssh_config(5)): of ssh-config only the parser is used, since its
 * evaluation runs the commands of `Match exec` and asks the DNS.
 * @throws Error if the parser cannot read the text.
 */
export function settingsFor(text: string, host: string): Settings {
  const values = new Map<string, string[]>();
  const notFollowed = new Set<string>();
  let isNamed = false;
  const visit = (lines: readonly Line[]) => {
    for (const line of lines) {
      if (line.type !== LineType.DIRECTIVE) continue;
      const keyword = line.param.trim().toLowerCase();
      if (keyword === "host") {
        const patterns = words(line);
        if (!matches(patterns, host)) continue;
        isNamed ||= patterns.some((pattern) => !isForAll(pattern) && patternOf(pattern).test(host));
        visit((line as Section).config);
      } else if (keyword === "match" || keyword === "include") {
        notFollowed.add(keyword === "match" ? "Match" : "Include");
      } else {
        values.set(keyword, [...(values.get(keyword) ?? []), words(line).join(" ")]);
      }
    }
  };
  visit(parse(text));
  return { isNamed, values, notFollowed: [...notFollowed] };
}

function words({ value }: { readonly value: string | readonly { readonly val: string }[] }): string[] {
  return typeof value === "string" ? value.split(/\s+/).filter(Boolean) : value.map(({ val }) => val);
}

/** One pattern must match, and none that is negated (ssh_config(5), PATTERNS). */
function matches(patterns: readonly string[], host: string): boolean {
  const isHit = (pattern: string) => patternOf(pattern).test(host);
  return (
    patterns.some((pattern) => !pattern.startsWith("!") && isHit(pattern)) &&
    !patterns.some((pattern) => pattern.startsWith("!") && isHit(pattern.slice(1)))
  );
}

/** A negated one names nobody either. */
function isForAll(pattern: string): boolean {
  return pattern.startsWith("!") || /^[*?]*\*[*?]*$/.test(pattern);
}

function patternOf(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/\*+/g, ".*").replace(/\?/g, ".")}$`, "s");
}
