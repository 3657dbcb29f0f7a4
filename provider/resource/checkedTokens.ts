import { drawPort, drawToken, rangesOf } from "../derive/tokenDrawing";
import { isNamed } from "../policy/conflicts";
import type { TokenList } from "../policy/tokens";
import type { OneTime, Policy } from "../policy/types";

/** A door's tokens as `check` wants them. */
export interface CheckedTokens {
  readonly tokens: TokenList;
  /** What the preview says of used tokens that give way to new ones; undefined where none do. */
  readonly refill: string | undefined;
}

/**
 * Keeps the tokens that the door has, as far as it is to have so many, and draws those that it lacks. Where fewer than a
 * third are left, as the host was last seen, each used one gives way to a new one in its place.
 */
export function checkedTokens(
  { tokens: count, port }: OneTime,
  old: TokenList | undefined,
  others: Pick<Partial<Policy>, "sequence" | "previous" | "door" | "ignore">,
): CheckedTokens {
  const kept = (old?.tokens ?? []).slice(0, count);
  const left = kept.filter(({ isUsed }) => !isUsed).length;
  const isLow = left < count / 3;
  const ranges = rangesOf(count);
  const names = kept.map(({ name }) => name);
  const tokens = Array.from({ length: count }, (_, place) => {
    const token = kept[place];
    if (token && !(isLow && token.isUsed)) return token;
    const drawn = drawToken(place, ranges, (token?.revision ?? 0) + 1, names);
    names.push(drawn.name);
    return drawn;
  });
  const refilled = isLow ? kept.length - left : 0;
  const isTaken = (candidate: number) => isNamed(others, { protocol: "udp", port: candidate });
  const keptPort = old && !isTaken(old.port) ? old.port : undefined;
  return {
    tokens: { port: port ?? keptPort ?? drawPort(isTaken), tokens },
    refill: refilled > 0 ? `${refilled} of ${count} one-time tokens` : undefined,
  };
}

/** The tokens with what the host says of each: unused are those whose lists have their entry in every family. */
export function tokensAsSeen({ port, tokens }: TokenList, isUnused: (name: string) => boolean): TokenList {
  return {
    port,
    tokens: tokens.map(({ isUsed: _, ...token }) =>
      isUnused(token.name) ? token : { ...token, isUsed: true },
    ),
  };
}

/** The names of tokens that the one list has and the other has not. */
export function newTokens(list: TokenList | undefined, before: TokenList | undefined): string[] {
  const old = new Set(before?.tokens.map(({ name }) => name));
  return (list?.tokens ?? []).map(({ name }) => name).filter((name) => !old.has(name));
}
