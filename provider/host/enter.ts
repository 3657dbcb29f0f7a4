import { setTimeout as pause } from "node:timers/promises";
import { PortKnockError } from "../errors";
import type { Connection } from "../policy/connection";
import type { Knock } from "./openers";
import { endOf, placeOf, QUIET_MS, say } from "./progress";
import { directRoute, type Route } from "./route";
import { bastionRoute } from "./ssh/bastion";
import { enterHost } from "./ssh/handshakes";
import { openSession, type Session } from "./ssh/session";
import { findTrust, type Trust } from "./trust";

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
  /** What to do where nothing gets in, if it is known why that may be. Then fewer tries are made. */
  readonly remedy?: string;
  /** What else to do where nothing gets in, the likeliest first. Default: as for a host without a door of this stack. */
  readonly hints?: string;
}

/** A SYN that a closed door drops is never answered, so early tries are short; later ones allow for slow links. */
const CONNECT_TIMEOUTS_MS = [2_000, 4_000, 8_000];

/** Tries at a host of which it is known why it may not let anyone in: half a minute. */
const TRIES_IF_EXPLAINED = 4;

/**
 * Knocks and connects, with a fresh knock for each try, until it is in, tries or time run out, or trying again would
 * not help (a changed host key, refused credentials).
 * @throws PortKnockError `unreachable`, `login`, `host-key`.
 */
export async function enter(entrance: Entrance, deadlineMs = Number.POSITIVE_INFINITY): Promise<Session> {
  const { connection } = entrance;
  const trust = entrance.trust ?? (await findTrust(connection, entrance.recordedHostKey));
  // Not the time of day, which someone may set meanwhile.
  const started = performance.now();
  let last: unknown;
  let tries = 0;
  const tried = new Set<string>();
  const limit =
    entrance.remedy === undefined
      ? connection.dialErrorLimit
      : Math.min(connection.dialErrorLimit, TRIES_IF_EXPLAINED);
  while (tries < limit && performance.now() - started < deadlineMs) {
    if (tries > 0) await pause(Math.min(250 * tries, 2_000));
    const timeoutMs = Math.min(
      CONNECT_TIMEOUTS_MS[tries] ?? Number.POSITIVE_INFINITY,
      connection.perDialTimeout * 1000,
    );
    try {
      return await enterHost(connection, deadlineMs < Number.POSITIVE_INFINITY, async () => {
        const knocks = entrance.knocks(tries > 0);
        for (const { source } of knocks) tried.add(source);
        return await knockAndLogIn(connection, knocks, trust, timeoutMs, tries);
      });
    } catch (error) {
      if (error instanceof PortKnockError && error.code !== "unreachable") throw error;
      last = error instanceof PortKnockError ? error.details.cause : error;
    }
    tries++;
    if (performance.now() - started > QUIET_MS && tries < limit) {
      say(`try ${tries} of ${limit}, ${placeOf(connection.host, connection.port)} ${endOf(last)}`);
    }
  }
  const knocked =
    tried.size === 0 ? "nothing, since no door on its SSH port is known" : [...tried].join(", ");
  const by = connection.proxy ? ` through ${connection.proxy.host}` : "";
  throw new PortKnockError(
    "unreachable",
    `no SSH connection to port ${connection.port}${by} in ${tries} tries; knocked: ${knocked}`,
    {
      host: connection.host,
      phase: "connecting",
      hostState: "unchanged",
      remedy:
        entrance.remedy ??
        entrance.hints ??
        "check that the host is up and reachable from here; if another stack's door guards its SSH port, give that door's sequence as connection.knock; if this `up` also removes the door there, let that be an `up` of its own.",
      cause: last,
    },
  );
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
