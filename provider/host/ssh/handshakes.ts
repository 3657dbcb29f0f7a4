import type { Login } from "../../policy/connection";
import { isSingleUse } from "../registry";

/**
 * Most handshakes of this process at once. A knock opens a door for seconds, so a handshake must end soon. More of them at
 * once are no faster: each costs processor time at both ends.
 */
const MOST_HANDSHAKES = 32;

/** Most at once with one sshd. From 10 on it drops unauthenticated connections at random (MaxStartups 10:30:100). */
const MOST_PER_SSHD = 4;

/** Runs a limited number of functions at once. The others wait in order; urgent ones go first. */
export type ConcurrencyLimit = <Result>(isUrgent: boolean, work: () => Promise<Result>) => Promise<Result>;

/** `limit` is called each time: its result may change while functions run. */
export function makeConcurrencyLimit(limit: () => number): ConcurrencyLimit {
  let under = 0;
  const urgent: (() => void)[] = [];
  const waiting: (() => void)[] = [];
  return async (isUrgent, work) => {
    // A function that ends hands its place to the next one, so no newcomer can take it.
    if (under < limit()) under++;
    else await new Promise<void>((resolve) => (isUrgent ? urgent : waiting).push(resolve));
    try {
      return await work();
    } finally {
      const next = under > limit() ? undefined : (urgent.shift() ?? waiting.shift());
      if (next) next();
      else under--;
    }
  };
}

const all = makeConcurrencyLimit(() => MOST_HANDSHAKES);
const hosts = new Map<string, ConcurrencyLimit>();
const bastions = new Map<string, ConcurrencyLimit>();

/**
 * Runs a knock and login when it is its turn. The grant of a knock is short, so nothing may wait after it. A login is urgent
 * if a host with an armed timer waits for it.
 */
export function limitHostLogins<Result>(
  login: Login,
  isUrgent: boolean,
  work: () => Promise<Result>,
): Promise<Result> {
  return limitOf(hosts, login)(isUrgent, () => all(isUrgent, work));
}

/** The same for a bastion, within the turn of the host behind it. A turn of its own could wait for itself. */
export function limitBastionLogins<Result>(login: Login, work: () => Promise<Result>): Promise<Result> {
  return limitOf(bastions, login)(true, work);
}

function limitOf(gates: Map<string, ConcurrencyLimit>, { host, port }: Login): ConcurrencyLimit {
  const key = `${host} ${port}`;
  const gate = gates.get(key) ?? makeConcurrencyLimit(() => (isSingleUse(host) ? 1 : MOST_PER_SSHD));
  gates.set(key, gate);
  return gate;
}
