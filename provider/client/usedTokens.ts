import { createHash } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { PortKnockError } from "../errors";
import { type KnockAt, roundRobin } from "../knock/rounds";
import type { ClientDoor } from "../policy/clientConfig";
import { parseToken, type Sendable, tokenStep } from "../policy/tokens";
import type { Sequence } from "../policy/types";
import { configFolder } from "./sources/configFile";
import { say } from "./terminal";

/** A command uses no more tokens than this on a door that does not open. */
const MOST_TOKENS = 5;

/**
 * Sends a token in each try, then the sequences. A try over both families uses one token: its form for IPv4 does not
 * reveal its form for IPv6.
 * @throws PortKnockError `knock` if no token is left and the door has no sequence.
 */
export function tokensFirst(
  oneTime: NonNullable<ClientDoor["oneTime"]>,
  name: string,
  sequences: readonly Sequence[],
): KnockAt {
  const tokens = inOwnOrder(oneTime.tokens.flatMap((text) => parseToken(text) ?? []));
  const otherwise = roundRobin(sequences);
  if (sequences.length === 0 && leftOf(tokens).length === 0) {
    throw new PortKnockError("knock", "no one-time token is left", {
      host: name,
      phase: "knocking",
      hostState: "unchanged",
      remedy: "take the door's new clientConfig, which an `up` after a `refresh` makes.",
    });
  }
  const taken: (Sendable | undefined)[] = [];
  return (one) => {
    const { family, tries } = one;
    while (taken.length <= tries && taken.length < MOST_TOKENS) taken.push(takeToken(tokens, name));
    const token = taken[tries];
    if (token) return [tokenStep(token, oneTime.port, family === 4 ? "ipv4" : "ipv6")];
    return sequences.length > 0 ? otherwise(one) : undefined;
  };
}

/** An order that is stable for one user and differs between users, so users who share a list rarely pick the same token. */
function inOwnOrder(tokens: readonly Sendable[]): Sendable[] {
  const place = ({ name }: Sendable) =>
    createHash("sha256").update(`${hostname()} ${process.getuid?.()} ${name}`).digest("hex");
  return tokens.toSorted((a, b) => place(a).localeCompare(place(b)));
}

/** Takes a token that no command has taken before. It counts as used from now on, even if the knock fails. */
function takeToken(tokens: readonly Sendable[], name: string): Sendable | undefined {
  const left = leftOf(tokens);
  const token = left.find(mark);
  const rest = left.length - 1;
  if (token) say(`portknock: ${rest} one-time ${rest === 1 ? "token" : "tokens"} left for ${name}`);
  return token;
}

function leftOf(tokens: readonly Sendable[]): Sendable[] {
  const used = new Set(readUsed());
  return tokens.filter((token) => !used.has(markOf(token)));
}

/**
 * Marks a token as used. The mark is on the disk before the token is sent. Returns false if the token is already marked:
 * two commands cannot both create the same file (open(2), O_EXCL), so they never send the same token.
 * @throws Error if the token cannot be marked. It must not be sent then.
 */
function mark(token: Sendable): boolean {
  const folder = usedFolder();
  const file = join(folder, markOf(token));
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const made = makeFile(file);
    if (made === undefined) return false;
    sync(made);
    sync(openSync(folder, "r"));
    return true;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`a one-time token cannot be marked as used, so none was sent: ${reason}`, { cause });
  }
}

/** Undefined if the file exists. */
function makeFile(path: string): number | undefined {
  try {
    return openSync(path, "wx", 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
    throw error;
  }
}

function sync(file: number): void {
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function readUsed(): string[] {
  try {
    return readdirSync(usedFolder());
  } catch {
    return [];
  }
}

/** This folder has an empty file for each used token. */
function usedFolder(): string {
  return join(configFolder(), "used-tokens");
}

/** Identifies a token without revealing it. */
function markOf({ name, secrets }: Sendable): string {
  const hash = createHash("sha256").update(name + secrets.ipv4 + secrets.ipv6);
  return hash.digest("hex").slice(0, 32);
}
