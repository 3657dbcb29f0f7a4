import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { limits } from "../policy/limits";
import type { Sequence } from "../policy/types";
import { addressesOf } from "./addresses";
import { dial, REFUSED, sourceOf } from "./dial";
import type { DoorTarget } from "./doorTarget";
import { type Address, DEFAULT_DELAY_MS, sendSequence } from "./send";
import { type ClosedEvidence, shut } from "./shut";

/** A connection through the door. */
export interface Opened {
  readonly socket: Socket;
  readonly to: Address;
  /** The local address that was granted: knocks and connection come from it. */
  readonly source: string;
  /** How many times the sequence was sent. */
  readonly tries: number;
}

export const DEFAULT_TIMEOUT_MS = limits.timeoutSeconds.default * 1_000;

/**
 * How long each try waits for an answer. The kernel repeats a lost SYN after 1 s (RFC 6298); later tries wait for
 * that.
 */
const ANSWER_MS = [1_000, 1_500, 2_000, 3_000];
const LAST_ANSWER_MS = 4_000;

/** The head start of the preferred family (RFC 8305, section 5), in addition to the time of its knocks. */
const HEAD_START_MS = 250;

/**
 * Knocks and connects, and repeats both until a connection is there. A name with addresses of both families is tried
 * in both, the preferred one first, and the first connection wins. Knocks and connection of a try go to the same
 * address, so they come from the same one.
 * @throws PortKnockError `shut`, `unreachable` (the name is not known), `knock` (no packet could be sent); the
 *   signal's reason if it is aborted.
 */
export async function openConnection(approach: DoorTarget): Promise<Opened> {
  const { host, knockAt, family, delayMs = DEFAULT_DELAY_MS, timeoutMs = DEFAULT_TIMEOUT_MS } = approach;
  const lanes = await addressesOf(host, family);
  approach.signal?.throwIfAborted();
  const losers = new AbortController();
  const abort = () => losers.abort(approach.signal?.reason);
  approach.signal?.addEventListener("abort", abort);
  const began = performance.now();
  const deadline = began + timeoutMs;
  const evidence: ClosedEvidence[] = [];
  let start: Promise<unknown> = Promise.resolve();
  const races = lanes.map((lane) => {
    const headStart = start;
    const race = headStart.then(() => walk(lane, approach, deadline, losers.signal, evidence));
    const early = headStart.then(() => {
      const knocks = knockAt({ family: lane[0]?.family ?? 4, tries: 0, round: 0 })?.length ?? 0;
      return pause(HEAD_START_MS + knocks * delayMs, undefined, { signal: losers.signal });
    });
    start = Promise.race([early, race]).catch(() => undefined);
    return race;
  });
  try {
    const winner = await Promise.any(races);
    for (const race of races) {
      race.then(
        (opened) => opened !== winner && opened.socket.destroy(),
        () => undefined,
      );
    }
    return winner;
  } catch {
    approach.signal?.throwIfAborted();
    throw shut(approach, delayMs, Math.min(performance.now() - began, timeoutMs), evidence);
  } finally {
    approach.signal?.removeEventListener("abort", abort);
    losers.abort();
  }
}

/** Tries the addresses of one family in turn until one connects or the time is up. */
async function walk(
  addresses: readonly Address[],
  approach: DoorTarget,
  deadline: number,
  signal: AbortSignal,
  evidence: ClosedEvidence[],
): Promise<Opened> {
  const { port, knockAt, delayMs = DEFAULT_DELAY_MS, onRetry } = approach;
  for (let tries = 0; ; tries++) {
    signal.throwIfAborted();
    const to = addresses[tries % addresses.length];
    if (to === undefined) throw new RangeError("a family without addresses");
    const round = Math.floor(tries / addresses.length);
    const source = (await sourceOf(to)) ?? "";
    if (tries > 0) onRetry?.(to, tries);
    let sequence: Sequence | undefined;
    try {
      sequence = knockAt({ family: to.family, tries, round });
      if (sequence) await sendSequence(to, sequence, delayMs, signal);
    } catch (error) {
      evidence.push({ to, source, end: "unsent", error });
      throw error;
    }
    if (sequence === undefined) throw new Error("no token is left to knock with");
    await pause(delayMs, undefined, { signal });
    const answerMs = Math.min(ANSWER_MS[tries] ?? LAST_ANSWER_MS, deadline - performance.now());
    try {
      const socket = await dial(to, port, Math.max(answerMs, 1), signal);
      return { socket, to, source: socket.localAddress ?? source, tries: tries + 1 };
    } catch (error) {
      signal.throwIfAborted();
      const isRefused = error instanceof Error && "code" in error && error.code === REFUSED;
      evidence.push({ to, source, sequence, end: isRefused ? "refused" : "silent", error });
      if (performance.now() >= deadline) throw error;
      // A refusal comes at once: wait, so that the host is not flooded with tries.
      if (isRefused) await pause(Math.min(250 * (tries + 1), 2_000), undefined, { signal });
    }
  }
}
