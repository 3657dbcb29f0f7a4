import type { Family, Step } from "./types";

/**
 * A token: a datagram that opens a door once. Each family has its own secret: otherwise somebody who hears a token over
 * IPv4 could send it again over IPv6.
 */
export interface Token {
  /** 4 random bytes in hexadecimal digits, the beginning of its datagrams. Part of names on the host, so not secret. */
  readonly name: string;
  /** The 16 random bytes that follow, in hexadecimal digits. */
  readonly secrets: { readonly [F in Family]: string };
  /** How often this place of the list was filled: 1 for the first token. */
  readonly revision: number;
  /** As of the last look at the host. */
  readonly isUsed?: true;
}

/** The tokens of a door, each in its place, and the UDP port that receives them. */
export interface TokenList {
  readonly port: number;
  readonly tokens: readonly Token[];
}

/** The length of every token's datagram. */
export const TOKEN_BYTES = 20;

/** What is needed to send a token. */
export type Sendable = Pick<Token, "name" | "secrets">;

/** A token as a knock, over one family. */
export function tokenStep({ name, secrets }: Sendable, port: number, family: Family): Step {
  return { protocol: "udp", port, payload: `hex:${name}${secrets[family]}` };
}

/** A token as text: 72 hexadecimal digits, for its name, its IPv4 secret and its IPv6 secret. */
export function formatToken({ name, secrets }: Sendable): string {
  return name + secrets.ipv4 + secrets.ipv6;
}

/** Reads a token's text; undefined for any other text. */
export function parseToken(text: string): Sendable | undefined {
  const [, name, ipv4, ipv6] = /^([0-9a-f]{8})([0-9a-f]{32})([0-9a-f]{32})$/.exec(text) ?? [];
  if (name === undefined || ipv4 === undefined || ipv6 === undefined) return undefined;
  return { name, secrets: { ipv4, ipv6 } };
}

/** The tokens that were unused at the last look at the host. */
export function unusedTokens({ tokens }: TokenList): Token[] {
  return tokens.filter(({ isUsed }) => !isUsed);
}
