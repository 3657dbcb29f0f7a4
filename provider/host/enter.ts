import { setTimeout as pause } from "node:timers/promises";
import type { Knock } from "../door/knockSources";
import { PortKnockError } from "../errors";
import { REFUSED } from "../knock/dial";
import type { Connection } from "../policy/connection";
import { endOf, placeOf, printProgress, QUIET_MS } from "./progress";
import { directRoute, type Route } from "./route";
import { bastionRoute } from "./ssh/bastion";
import { limitHostLogins } from "./ssh/handshakes";
import { openSession, type Session } from "./ssh/session";
import { findTrust, type Trust } from "./trust";
import { BastionUnreachable, codeOf, isHopeless, reasonOf, unreachable } from "./unreachable";

/** A host, and what is known about getting in. */
export interface HostAccess {
  readonly connection: Connection;
  /** The host key recorded at create, as in a .pub file. */
  readonly recordedHostKey?: string | undefined;
  /** The same of the bastion on the way. */
  readonly recordedProxyHostKey?: string | undefined;
  /** What an earlier connection of the same change saw, which this one has to see again. */
  readonly trust?: Trust;
  /**
   * What may open the SSH port, asked anew before each try, since other doors of the host may become known. What is
   * less likely to is for retries only.
   */
  readonly knocks: (isRetry: boolean) => readonly Knock[];
  /** A one-time token, another one each time; undefined where no more is to be spent. For when nothing else gets in. */
  readonly token?: (family: 4 | 6) => Knock | undefined;
  /** What to do where nothing gets in, if it is known why that may be. Then fewer tries are made. */
  readonly remedy?: string;
  /** What else to do where nothing gets in, the likeliest first. Default: as for a host without a door of this stack. */
  readonly hints?: string;
}

/** So many tries are made before a token is spent: a packet may just have been lost. */
const TRIES_BEFORE_TOKENS = 2;

/** A SYN that a closed door drops is never answered, so early tries are short; later ones allow for slow links. */
const CONNECT_TIMEOUTS_MS = [2_000, 4_000, 8_000];

/** Tries at a host of which it is known why it may not let anyone in: half a minute. */
const TRIES_IF_EXPLAINED = 4;

/**
 * Knocks and connects, with a fresh knock for each try, until it is in, tries or time run out, or trying again would
 * not help (a changed host key, refused credentials, a name that does not exist).
 * @throws PortKnockError `unreachable`, `login`, `host-key`, `host-unfit`, `script`.
 */
export async function knockAndConnect(
  access: HostAccess,
  deadlineMs = Number.POSITIVE_INFINITY,
): Promise<Session> {
  const { connection } = access;
  const trust = access.trust ?? (await findTrust(connection, access.recordedHostKey));
  // Not the time of day, which someone may set meanwhile.
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

/** One try at getting in. */
interface Try {
  readonly knocks: readonly Knock[];
  readonly token: NonNullable<HostAccess["token"]>;
  readonly trust: Trust;
  readonly timeoutMs: number;
  /** How many were made before. Each takes the next address of the host. */
  readonly number: number;
}

async function knockAndLogIn(
  { connection, recordedProxyHostKey }: HostAccess,
  { knocks, token, trust, timeoutMs, number }: Try,
): Promise<Session> {
  let route: Route | undefined;
  try {
    route = connection.proxy
      ? await bastionRoute(connection.proxy, connection, timeoutMs, recordedProxyHostKey)
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
