import type { Family, Step } from "./types";

/**
 * A token: a datagram that opens a door once. What is sent over one family says nothing of what opens the door over the
 * other, or whoever hears it over IPv4 would repeat it over IPv6.
 */
export interface Token {
  /** 4 random bytes in hexadecimal digits, with which its datagrams begin. In names on the host, so no secret. */
  readonly name: string;
  /** The 16 random bytes that follow, in hexadecimal digits. */
  readonly secrets: { readonly [F in Family]: string };
  /** Which filling of its place in the list it is, counted from 1. */
  readonly revision: number;
  /** As the host was last seen. */
  readonly isUsed?: true;
}

/** The tokens of a door, each in its place, and the UDP port that hears them. */
export interface TokenList {
  readonly port: number;
  readonly tokens: readonly Token[];
}

/** What every token's datagram is long. */
export const TOKEN_BYTES = 20;

/** What it takes to send a token. */
export type Sendable = Pick<Token, "name" | "secrets">;

/** The knock that a token is over a family. */
export function tokenStep({ name, secrets }: Sendable, port: number, family: Family): Step {
  return { protocol: "udp", port, payload: `hex:${name}${secrets[family]}` };
}

/** A token as text: 72 hexadecimal digits, of its name, and of what follows over IPv4 and over IPv6. */
export function formatToken({ name, secrets }: Sendable): string {
  return name + secrets.ipv4 + secrets.ipv6;
}

/** Reads a token's text; undefined where it is none. */
export function parseToken(text: string): Sendable | undefined {
  const [, name, ipv4, ipv6] = /^([0-9a-f]{8})([0-9a-f]{32})([0-9a-f]{32})$/.exec(text) ?? [];
  if (name === undefined || ipv4 === undefined || ipv6 === undefined) return undefined;
  return { name, secrets: { ipv4, ipv6 } };
}

/** The tokens that nobody had used when the host was last seen. */
export function unusedTokens({ tokens }: TokenList): Token[] {
  return tokens.filter(({ isUsed }) => !isUsed);
}
