import { setTimeout as pause } from "node:timers/promises";
import { PortKnockError } from "../errors";
import type { Connection } from "../policy/connection";
import type { Sequence } from "../policy/types";
import { directRoute, type Route } from "./route";
import { bastionRoute } from "./ssh/bastion";
import { openSession, type Session } from "./ssh/session";
import { findTrust } from "./trust";

/** A host, and what is known about getting in. */
export interface Entrance {
  readonly connection: Connection;
  /** The host key recorded at create, as in a .pub file. */
  readonly recordedHostKey?: string | undefined;
  /** Sequences that may open the SSH port, asked anew before each try: other doors of the host may become known. */
  readonly knocks: () => readonly Sequence[];
}

/** A SYN that a closed door drops is never answered, so early tries are short; later ones allow for slow links. */
const CONNECT_TIMEOUTS_MS = [2_000, 4_000, 8_000];

/**
 * Knocks and connects, with a fresh knock for each try, until it is in, tries or time run out, or trying again would
 * not help (a changed host key, refused credentials).
 * @throws PortKnockError `unreachable`, `login`, `host-key`.
 */
export async function enter(entrance: Entrance, deadlineMs = Number.POSITIVE_INFINITY): Promise<Session> {
  const { connection, recordedHostKey } = entrance;
  const trust = await findTrust(connection.host, connection.port, connection.hostKey, recordedHostKey);
  const started = Date.now();
  let last: unknown;
  let tries = 0;
  let sequences = 0;
  while (tries < connection.dialErrorLimit && Date.now() - started < deadlineMs) {
    if (tries > 0) await pause(Math.min(250 * tries, 2_000));
    const timeoutMs = Math.min(
      CONNECT_TIMEOUTS_MS[tries] ?? Number.POSITIVE_INFINITY,
      connection.perDialTimeout * 1000,
    );
    let route: Route | undefined;
    try {
      route = connection.proxy
        ? await bastionRoute(connection.proxy, connection, timeoutMs)
        : await directRoute(connection.host, tries);
      const knocks = entrance.knocks();
      sequences = knocks.length;
      for (const sequence of knocks) await route.knock(sequence);
      return await openSession(connection, route, trust, timeoutMs);
    } catch (error) {
      route?.close();
      if (error instanceof PortKnockError && error.code !== "unreachable") throw error;
      last = error instanceof PortKnockError ? error.details.cause : error;
    }
    tries++;
  }
  const tried =
    sequences === 0 ? "no knock (no door on its SSH port is known)" : `${sequences} known knock sequence(s)`;
  throw new PortKnockError(
    "unreachable",
    `no SSH connection to port ${connection.port} in ${tries} tries, with ${tried}`,
    {
      host: connection.host,
      phase: "connecting",
      hostState: "unchanged",
      remedy:
        "check that the host is up and reachable from here; if another stack's door guards its SSH port, give that door's sequence as connection.knock.",
      cause: last,
    },
  );
}
