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

/** How many tokens one command spends on a door that does not open. */
const MOST_TOKENS = 5;

/**
 * A token for each try, then what else the door has. Over both families a try has the same one: what is sent over one says
 * nothing of the other.
 * @throws PortKnockError `knock` where no token is left, and nothing else is there to knock with.
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

/** An order that is the same each time, and another for another person: who shares a list seldom takes what is used. */
function inOwnOrder(tokens: readonly Sendable[]): Sendable[] {
  const place = ({ name }: Sendable) =>
    createHash("sha256").update(`${hostname()} ${process.getuid?.()} ${name}`).digest("hex");
  return tokens.toSorted((a, b) => place(a).localeCompare(place(b)));
}

/** Takes a token that no command has taken before: it counts as used from here on, whatever becomes of it. */
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
 * Marks a token as used, on the disk before it is sent. False where it is marked already: two commands cannot both make
 * one file (open(2), O_EXCL), so they never send the same token.
 * @throws Error where it cannot be marked; then it must not be sent.
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
    throw new Error(`a one-time token cannot be marked as used, so none is sent: ${reason}`, { cause });
  }
}

/** Undefined where it is there already. */
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

/** An empty file for each used token. */
function usedFolder(): string {
  return join(configFolder(), "used-tokens");
}

/** Tells a token from others, and not what it is. */
function markOf({ name, secrets }: Sendable): string {
  const hash = createHash("sha256").update(name + secrets.ipv4 + secrets.ipv6);
  return hash.digest("hex").slice(0, 32);
}
