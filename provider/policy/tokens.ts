import type { Family } from "./types";

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

/** What the datagram of a token carries, in hexadecimal digits. */
export function tokenDigits({ name, secrets }: Pick<Token, "name" | "secrets">, family: Family): string {
  return name + secrets[family];
}
