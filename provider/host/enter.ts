import { setTimeout as pause } from "node:timers/promises";
import type { Knock } from "../door/knockSources";
import { PortKnockError } from "../errors";
import { REFUSED } from "../knock/dial";
import type { Connection } from "../policy/connection";
import { endOf, placeOf, printProgress, QUIET_MS } from "./progress";
import { directRoute, type Route } from "./route";
import { type BastionHistory, bastionRoute } from "./ssh/bastion";
import { limitHostLogins } from "./ssh/handshakes";
import { openSession, type Session } from "./ssh/session";
import { findTrust, type Trust } from "./trust";
import { BastionUnreachable, codeOf, isHopeless, reasonOf, unreachable } from "./unreachable";

/** A host and how to log in to it. */
export interface HostAccess {
  readonly connection: Connection;
  /** The host key recorded at create, as in a .pub file. */
  readonly recordedHostKey?: string | undefined;
  /** What was recorded of the bastion, its key in the same way. */
  readonly bastion?: BastionHistory;
  /** The keys that an earlier connection of the same change saw. This connection accepts no other. */
  readonly trust?: Trust;
  /**
   * The knocks that may open the SSH port. Called before each try, since other doors of the host may become known.
   * Unlikely sequences are tried on retries only.
   */
  readonly knocks: (isRetry: boolean) => readonly Knock[];
  /** The next one-time token, for when no other knock works; `undefined`: spend no more. */
  readonly token?: (family: 4 | 6) => Knock | undefined;
  /** What to do if no try succeeds, where the likely reason is known. Fewer tries are made then. */
  readonly remedy?: string;
  /** What else to do if no try succeeds, the likeliest first. Default: as for a host without a door of this stack. */
  readonly hints?: string;
}

/** Tries before a token is spent. The first ones may have failed because of a lost packet. */
const TRIES_BEFORE_TOKENS = 2;

/** A closed door never answers a SYN, so early tries are short. Later ones allow for slow links. */
const CONNECT_TIMEOUTS_MS = [2_000, 4_000, 8_000];

/** Tries where the likely reason for a failure is known. They take half a minute. */
const TRIES_IF_EXPLAINED = 4;

/**
 * Knocks and logs in, with a fresh knock for each try. Gives up when tries or time run out, or when another try cannot help
 * (a changed host key, refused credentials, a name that does not exist).
 * @throws PortKnockError `unreachable`, `login`, `host-key`, `host-unfit`, `script`.
 */
export async function knockAndConnect(
  access: HostAccess,
  deadlineMs = Number.POSITIVE_INFINITY,
): Promise<Session> {
  const { connection } = access;
  const trust = access.trust ?? (await findTrust(connection, access.recordedHostKey));
  // A monotonic clock: someone may set the time of day meanwhile.
  const started = performance.now();
  const isUrgent = deadlineMs < Number.POSITIVE_INFINITY;
  const attempts = {
    connection,
    tries: 0,
    knocked: new Set<string>(),
    isRefused: true,
    last: undefined as unknown,
    remedy: access.remedy,
    hints: access.hints,
  };
  const limit =
    access.remedy === undefined
      ? connection.dialErrorLimit
      : Math.min(connection.dialErrorLimit, TRIES_IF_EXPLAINED);
  while (attempts.tries < limit && performance.now() - started < deadlineMs) {
    const { tries } = attempts;
    if (tries > 0) await pause(Math.min(250 * tries, 2_000));
    const timeoutMs = Math.min(
      CONNECT_TIMEOUTS_MS[tries] ?? Number.POSITIVE_INFINITY,
      connection.perDialTimeout * 1000,
    );
    try {
      return await limitHostLogins(connection, isUrgent, async () => {
        const knocks = access.knocks(tries > 0);
        for (const { source } of knocks) attempts.knocked.add(source);
        const spend = isTimeForTokens(tries, connection) ? access.token : undefined;
        const token = (family: 4 | 6) => {
          const knock = spend?.(family);
          if (knock) attempts.knocked.add(knock.source);
          return knock;
        };
        return await knockAndLogIn(access, { knocks, token, trust, timeoutMs, number: tries });
      });
    } catch (error) {
      if (error instanceof PortKnockError && error.code !== "unreachable") throw error;
      attempts.last = error;
      attempts.isRefused &&= codeOf(error) === REFUSED;
    }
    attempts.tries++;
    if (!isUrgent && isHopeless(attempts)) break;
    if (performance.now() - started > QUIET_MS && attempts.tries < limit) {
      const { host, port } = attempts.last instanceof BastionUnreachable ? attempts.last.proxy : connection;
      printProgress(
        `try ${attempts.tries} of ${limit}, ${placeOf(host, port)} ${endOf(reasonOf(attempts.last))}`,
      );
    }
  }
  throw unreachable(attempts, performance.now() - started);
}

function isTimeForTokens(tries: number, { dialErrorLimit }: Connection): boolean {
  return tries > 0 && tries >= Math.min(TRIES_BEFORE_TOKENS, dialErrorLimit - 1);
}

/** One try to log in. */
interface Try {
  readonly knocks: readonly Knock[];
  readonly token: NonNullable<HostAccess["token"]>;
  readonly trust: Trust;
  readonly timeoutMs: number;
  /** How many tries were made before. Each uses the next address of the host. */
  readonly number: number;
}

async function knockAndLogIn(
  { connection, bastion = {} }: HostAccess,
  { knocks, token, trust, timeoutMs, number }: Try,
): Promise<Session> {
  let route: Route | undefined;
  try {
    route = connection.proxy
      ? await bastionRoute(connection.proxy, connection, timeoutMs, bastion)
      : await directRoute(connection.host, number);
    for (const { sequence } of knocks) await route.knock(sequence);
    const spent = route.family && token(route.family);
    if (spent) await route.knock(spent.sequence);
    return await openSession(connection, route, trust, timeoutMs);
  } catch (error) {
    route?.close();
    throw error;
  }
}
