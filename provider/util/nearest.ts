/** A name in lower case, without `_` and `-`: people write these differently. */
function plain(name: string): string {
  return name.replace(/[_-]/g, "").toLowerCase();
}

/** How many insertions, deletions, replacements and swaps of neighbours turn one text into the other (Damerau). */
function distance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= one.length; row++) {
    const line = [row];
    rows.push(line);
    for (let column = 1; column <= other.length; column++) {
      const [a, b] = [one[row - 1], other[column - 1]];
      const isSwap = a === other[column - 2] && b === one[row - 2];
      line[column] = Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + (a === b ? 0 : 1),
        isSwap ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return at(one.length, other.length);
}

/** A mistyped name is compared by this many letters at most. */
const MOST_LETTERS = 64;

/** The end of a message about an unknown field: the allowed fields, the most similar first. */
export function allowedFields(unknown: string, names: readonly string[]): string {
  const given = plain(unknown.slice(0, MOST_LETTERS));
  const [nearest] = names
    .map((name) => ({ name, far: nearness(given, plain(name)) }))
    .toSorted((one, other) => one.far - other.far);
  if (nearest === undefined || nearest.far > Math.max(PART, Math.floor(given.length / 3)))
    return `allowed: ${names.join(", ")}`;
  const others = names.filter((name) => name !== nearest.name);
  return `did you mean ${nearest.name}? allowed: ${[nearest.name, ...others].join(", ")}`;
}

/**
 * The distance of a name that begins the other and has at least half of its letters: between one and two wrong
 * letters.
 */
const PART = 1.5;

function nearness(one: string, other: string): number {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  const isPart = long.startsWith(short) && 2 * short.length >= long.length;
  return Math.min(distance(one, other), isPart ? PART : Number.POSITIVE_INFINITY);
}
