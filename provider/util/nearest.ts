/** The letters of a name, without what people write otherwise: capitals, `_` and `-`. */
function plain(name: string): string {
  return name.replace(/[_-]/g, "").toLowerCase();
}

/** How many letters have to be put in, left out, replaced or swapped with the next to make one of the other (Damerau). */
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

/** The most letters of which a mistyped name is compared: what is longer resembles none. */
const MOST_LETTERS = 64;

/** What is said of a field that does not exist: the end of a sentence, the one that may be meant first. */
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

/** What a name counts that begins the other, with most of its letters: less than two wrong letters, more than one. */
const PART = 1.5;

function nearness(one: string, other: string): number {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  const isPart = long.startsWith(short) && 2 * short.length >= long.length;
  return Math.min(distance(one, other), isPart ? PART : Number.POSITIVE_INFINITY);
}
