/** Keeps the results for the first `limit` different arguments, for as long as the process lives. Arguments are plain data. */
export function memoize<Arguments extends readonly unknown[], Result>(
  limit: number,
  make: (...given: Arguments) => Result,
): (...given: Arguments) => Result {
  const results = new Map<string, { readonly result: Result }>();
  return (...given) => {
    const key = JSON.stringify(given);
    const known = results.get(key) ?? { result: make(...given) };
    if (results.size < limit) results.set(key, known);
    return known.result;
  };
}
