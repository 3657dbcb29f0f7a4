import type { ErrorCode } from "../errors";
import type { Family } from "../policy/types";
import type { Observed } from "../rules/compare";

/**
 * Who loads the doors at the next boot: systemd, OpenRC, nobody; `stale` where what is stored for it is not what the
 * host holds.
 */
export type Persistence = "systemd" | "openrc" | "none" | "stale";

/** What a script answered. */
export interface Answer {
  /** An error of the script's own, as `fail` in common.sh writes it. */
  readonly error?: { readonly code: ErrorCode; readonly text: string };
  readonly observed: Observed;
  /** Who loads the rules at the next boot, as `report` in common.sh says. */
  readonly persistence: Persistence;
  /** What the host has that may weaken the door, or take it away (advise.sh). */
  readonly warnings: readonly string[];
  /** Lists of tokens that nobody has used, as `report` says; a family is missing where the host has no tables for it. */
  readonly unused: { readonly [F in Family]?: readonly string[] };
  /** Other words, such as "applied". */
  readonly words: readonly string[];
}

/**
 * Reads what a script printed between its marks; login shells and banners print around them. Undefined where a mark is
 * missing: the script did not run to its end.
 */
export function readAnswer(stdout: string, nonce: string): Answer | undefined {
  const lines = stdout.split("\n");
  const start = lines.indexOf(`portknock begin ${nonce}`);
  const end = lines.indexOf(`portknock end ${nonce}`);
  if (start < 0 || end < start) return undefined;
  const observed: { [F in Family]?: string[] } = {};
  const unused: { [F in Family]?: string[] } = {};
  const words: string[] = [];
  const warnings: string[] = [];
  let error: Answer["error"];
  let persistence: Persistence = "none";
  for (const line of lines.slice(start + 1, end)) {
    const [, family] = /^family ([46])$/.exec(line) ?? [];
    const [, ruleFamily, rule] = /^rule ([46]) (.*)$/.exec(line) ?? [];
    const [, loader] = /^persistence (systemd|openrc|none|stale)$/.exec(line) ?? [];
    const [, warning] = /^warning (.*)$/.exec(line) ?? [];
    const [, code, text] = /^error ([a-z-]+) (.*)$/.exec(line) ?? [];
    const [, list, listFamily] = /^unused (pk([46])-\S+)$/.exec(line) ?? [];
    if (family !== undefined) {
      observed[familyOf(family)] = [];
      unused[familyOf(family)] = [];
    } else if (list !== undefined && listFamily !== undefined) unused[familyOf(listFamily)]?.push(list);
    else if (ruleFamily !== undefined && rule !== undefined) observed[familyOf(ruleFamily)]?.push(rule);
    else if (code !== undefined && text !== undefined) error = { code: code as ErrorCode, text };
    else if (loader !== undefined) persistence = loader as Persistence;
    else if (warning !== undefined) warnings.push(warning);
    else words.push(line);
  }
  return { ...(error && { error }), observed, persistence, warnings, unused, words };
}

/** Whether the script said that it runs, the first thing that it does. */
export function hasBegun(stdout: string, nonce: string): boolean {
  return stdout.split("\n").includes(`portknock begin ${nonce}`);
}

function familyOf(digit: string): Family {
  return digit === "4" ? "ipv4" : "ipv6";
}
