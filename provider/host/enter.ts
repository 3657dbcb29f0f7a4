import { setTimeout as pause } from "node:timers/promises";
import { PortKnockError } from "../errors";
import { REFUSED } from "../knock/dial";
import type { Connection } from "../policy/connection";
import type { Knock } from "./openers";
import { directRoute, type Route } from "./route";
import { bastionRoute } from "./ssh/bastion";
import { enterHost } from "./ssh/handshakes";
import { openSession, type Session } from "./ssh/session";
import { findTrust, type Trust } from "./trust";
import { codeOf, isHopeless, unreachable } from "./unreachable";

/** A host, and what is known about getting in. */
export interface Entrance {
  readonly connection: Connection;
  /** The host key recorded at create, as in a .pub file. */
  readonly recordedHostKey?: string | undefined;
  /** What an earlier connection of the same change saw, which this one has to see again. */
  readonly trust?: Trust;
  /**
   * What may open the SSH port, asked anew before each try, since other doors of the host may become known. What is
   * less likely to is for retries only.
   */
  readonly knocks: (isRetry: boolean) => readonly Knock[];
  /** What to do where nothing gets in, if that is known. */
  readonly remedy?: string;
}

/** A SYN that a closed door drops is never answered, so early tries are short; later ones allow for slow links. */
const CONNECT_TIMEOUTS_MS = [2_000, 4_000, 8_000];

/**
 * Knocks and connects, with a fresh knock for each try, until it is in, tries or time run out, or trying again would
 * not help (a changed host key, refused credentials, a name that does not exist).
 * @throws PortKnockError `unreachable`, `login`, `host-key`, `host-unfit`.
 */
export async function enter(entrance: Entrance, deadlineMs = Number.POSITIVE_INFINITY): Promise<Session> {
  const { connection } = entrance;
  const trust = entrance.trust ?? (await findTrust(connection, entrance.recordedHostKey));
  // Not the time of day, which someone may set meanwhile.
  const started = performance.now();
  const attempts = {
    connection,
    tries: 0,
    knocked: new Set<string>(),
    isRefused: true,
    last: undefined as unknown,
    remedy: entrance.remedy,
  };
  const isUrgent = deadlineMs < Number.POSITIVE_INFINITY;
  while (attempts.tries < connection.dialErrorLimit && performance.now() - started < deadlineMs) {
    const { tries } = attempts;
    if (tries > 0) await pause(Math.min(250 * tries, 2_000));
    const timeoutMs = Math.min(
      CONNECT_TIMEOUTS_MS[tries] ?? Number.POSITIVE_INFINITY,
      connection.perDialTimeout * 1000,
    );
    try {
      return await enterHost(connection, isUrgent, async () => {
        const knocks = entrance.knocks(tries > 0);
        for (const { source } of knocks) attempts.knocked.add(source);
        return await knockAndLogIn(connection, knocks, trust, timeoutMs, tries);
      });
    } catch (error) {
      if (error instanceof PortKnockError && error.code !== "unreachable") throw error;
      attempts.last = error;
      attempts.isRefused &&= codeOf(error) === REFUSED;
    }
    attempts.tries++;
    if (!isUrgent && isHopeless(attempts)) break;
  }
  throw unreachable(attempts);
}

async function knockAndLogIn(
  connection: Connection,
  knocks: readonly Knock[],
  trust: Trust,
  timeoutMs: number,
  tries: number,
): Promise<Session> {
  let route: Route | undefined;
  try {
    route = connection.proxy
      ? await bastionRoute(connection.proxy, connection, timeoutMs)
      : await directRoute(connection.host, tries);
    for (const { sequence } of knocks) await route.knock(sequence);
    return await openSession(connection, route, trust, timeoutMs);
  } catch (error) {
    route?.close();
    throw error;
  }
}
