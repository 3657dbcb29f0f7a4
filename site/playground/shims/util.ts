/** node:util's comparison, for data: what the compiler compares. */
export function isDeepStrictEqual(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [ones, others] = [Object.entries(one), Object.entries(other)];
  return (
    ones.length === others.length &&
    ones.every(
      ([key, value]) =>
        Object.hasOwn(other, key) && isDeepStrictEqual(value, (other as Record<string, unknown>)[key]),
    )
  );
}
