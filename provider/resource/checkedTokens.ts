import { drawPort, drawToken, rangesOf } from "../derive/tokenDrawing";
import { isNamed } from "../policy/conflicts";
import type { TokenList } from "../policy/tokens";
import type { OneTime, Policy } from "../policy/types";

/** The tokens that a door is to have. */
export interface CheckedTokens {
  readonly tokens: TokenList;
  /** How many used tokens are replaced, as the preview says it; undefined for none. */
  readonly refill: string | undefined;
}

/**
 * Keeps the tokens that the door has, up to the number asked for, and draws the missing ones. If fewer than a third were
 * unused when the host was last read, a new token takes the place of each used one.
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

/** The tokens as the host has them. A token is unused while its list has its entry in every family. */
export function tokensAsSeen({ port, tokens }: TokenList, isUnused: (name: string) => boolean): TokenList {
  return {
    port,
    tokens: tokens.map(({ isUsed: _, ...token }) =>
      isUnused(token.name) ? token : { ...token, isUsed: true },
    ),
  };
}

/** The names of the tokens in `list` that are not in `before`. */
export function newTokens(list: TokenList | undefined, before: TokenList | undefined): string[] {
  const old = new Set(before?.tokens.map(({ name }) => name));
  return (list?.tokens ?? []).map(({ name }) => name).filter((name) => !old.has(name));
}
