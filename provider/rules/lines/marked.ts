import type { Family } from "../../policy/types";
import type { Comparison } from "../backend";

/** What a family's table has of a door, beside what it should have. */
export interface Side {
  readonly family: Family;
  readonly isPresent: boolean;
  /** Indexes of the lines that this family should have, and of those among them that it has not. */
  readonly wanted: ReadonlySet<number>;
  readonly missing: ReadonlySet<number>;
  /** How many lines the host has besides, and those of them that are shown, redacted. */
  readonly extras: number;
  readonly shown: ReadonlySet<string>;
}

/** The comparison with lines that anyone may see: a mark tells the families that differ, unless all do. */
export function comparisonOf(lines: readonly string[], sides: readonly Side[]): Comparison {
  const mark = (word: string, marked: readonly Side[], of: readonly Side[], line: string): string => {
    const where = marked.length === of.length ? "" : ` (${marked.map(({ family }) => family).join()})`;
    return marked.length === 0 ? line : `${word}${where}: ${line}`;
  };
  const wanted = lines.map((line, index) =>
    mark(
      "missing",
      sides.filter(({ missing }) => missing.has(index)),
      sides.filter(({ wanted }) => wanted.has(index)),
      line,
    ),
  );
  const unexpected = [...new Set(sides.flatMap(({ shown }) => [...shown]))].map((line) =>
    mark(
      "unexpected",
      sides.filter(({ shown }) => shown.has(line)),
      sides,
      line,
    ),
  );
  return {
    isPresent: sides.some(({ isPresent }) => isPresent),
    isEqual: sides.every(({ missing, extras }) => missing.size + extras === 0),
    lines: [...wanted, ...unexpected],
  };
}
