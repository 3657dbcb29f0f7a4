import { type Opened, openConnection } from "../knock/open";
import { type KnockAt, roundRobin } from "../knock/rounds";
import type { KnownDoor } from "./findDoor";
import { tell } from "./terminal";
import { tokensFirst } from "./usedTokens";

/** A door to knock at. */
export type KnockTarget = KnownDoor & {
  /** What to send for each try. */
  readonly knockAt: KnockAt;
};

/**
 * Makes a door ready for knocking.
 * @throws PortKnockError `knock` where it has one-time tokens alone, and none is left.
 */
export function knockTarget(door: KnownDoor): KnockTarget {
  const { name, oneTime, sequences } = door;
  return { ...door, knockAt: oneTime ? tokensFirst(oneTime, name, sequences) : roundRobin(sequences) };
}

/** Knocks and connects, and tells a user who watches. */
export async function openAndConnect(door: KnockTarget, port: number, signal: AbortSignal): Promise<Opened> {
  const began = performance.now();
  const opened = await openConnection({
    ...door,
    port,
    signal,
    onRetry: ({ address }, tries) => tell(`${address} does not answer; knock ${tries + 1}`),
  });
  const { to, source } = opened;
  tell(`${to.address} is open to ${source} after ${Math.round(performance.now() - began)} ms`);
  return opened;
}

/** The port by which a command checks that the door is open, before another program connects. */
export function portToCheck({ port, singleUse }: KnownDoor, noCheck: boolean): number | undefined {
  return noCheck || singleUse ? undefined : port;
}
