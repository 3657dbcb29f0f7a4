import type { Login } from "../../policy/connection";
import { isSingleUse } from "../registry";

/**
 * Handshakes of this process that may be under way at once. A knock opens a door for seconds, so what is begun has to come
 * to its end soon; more of them at once are no faster, since each costs processor time at both ends.
 */
const MOST_HANDSHAKES = 32;

/** And with one sshd, which from 10 on drops those without a login at random (sshd_config(5), MaxStartups 10:30:100). */
const MOST_PER_SSHD = 4;

/** Runs what it is given, so many at once; the rest waits, in order, and behind what is urgent. */
export type ConcurrencyLimit = <Result>(isUrgent: boolean, work: () => Promise<Result>) => Promise<Result>;

/** The limit is asked for anew each time: it may become known only while some are under way. */
export function makeConcurrencyLimit(limit: () => number): ConcurrencyLimit {
  let under = 0;
  const urgent: (() => void)[] = [];
  const waiting: (() => void)[] = [];
  return async (isUrgent, work) => {
    // Who ends hands over its place, so that nobody takes it in between.
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
 * Knocks and logs in, when it is its turn: the knock's grant is short, so nothing waits after it. Urgent is what a host
 * with an armed timer waits for.
 */
export function limitHostLogins<Result>(
  login: Login,
  isUrgent: boolean,
  work: () => Promise<Result>,
): Promise<Result> {
  return limitOf(hosts, login)(isUrgent, () => all(isUrgent, work));
}

/** The same for a bastion, on the turn of the host behind it: one that waited for another turn could wait for itself. */
export function limitBastionLogins<Result>(login: Login, work: () => Promise<Result>): Promise<Result> {
  return limitOf(bastions, login)(true, work);
}

function limitOf(gates: Map<string, ConcurrencyLimit>, { host, port }: Login): ConcurrencyLimit {
  const key = `${host} ${port}`;
  const gate = gates.get(key) ?? makeConcurrencyLimit(() => (isSingleUse(host) ? 1 : MOST_PER_SSHD));
  gates.set(key, gate);
  return gate;
}
