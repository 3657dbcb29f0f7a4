import { limits } from "../policy/limits";
import { payloadOf } from "../policy/payload";
import type { Policy, Sequence, Step } from "../policy/types";
import type { Finding } from "./finding";

/** The rate of one source: 5 Mbit/s of the smallest frames, which any rented machine can send. */
const PACKETS_PER_SECOND = 10_000;
const SECONDS_PER_DAY = 86_400;

/** How many knocks of the step's kind exist. A payload counts as random bytes of its length. */
function kinds(step: Step): number {
  if (step.protocol === "icmp") return limits.pingPayloadBytes.max + 1;
  return limits.port.max * 256 ** payloadOf(step).length;
}

/**
 * The success of blind guessing, for one source that knows the protocols of the steps but no number. A lockout does not
 * count: forged packets push its entries out of lists of 100 (lockout.ts), and a source with many addresses avoids it.
 */
export interface Guessing {
  readonly bits: number;
  readonly guessesPerDay: number;
  /** 0 to 1. */
  readonly chancePerDay: number;
  readonly chancePerYear: number;
}

/**
 * Each packet completes one more guess, because only the last steps of a source count. A word that contains every
 * sequence once (de Bruijn, 1946) tries all of them with as many packets as there are sequences.
 */
export function guessing(sequence: Sequence): Guessing {
  const sequences = sequence.reduce((product, step) => product * kinds(step), 1);
  const guessesPerDay = PACKETS_PER_SECOND * SECONDS_PER_DAY;
  return {
    bits: Math.log2(sequences),
    guessesPerDay,
    chancePerDay: Math.min(1, guessesPerDay / sequences),
    chancePerYear: Math.min(1, (365 * guessesPerDay) / sequences),
  };
}

/** An error if guessing for a day succeeds in half of all cases; a warning if a year does in one of ten. */
export function fewGuesses(policy: Policy): Finding[] {
  if (policy.sequence === undefined) return [];
  const { bits, guessesPerDay, chancePerDay, chancePerYear } = guessing(policy.sequence);
  if (chancePerYear < 0.1) return [];
  return [
    {
      code: "few-guesses",
      severity: chancePerDay >= 0.5 ? "error" : "warning",
      reason:
        `the sequence has ${Math.round(bits)} bits; a source that sends ${PACKETS_PER_SECOND} packets a second has ` +
        `${count(guessesPerDay)} guesses a day; it finds the sequence within a day with a probability of ${percent(chancePerDay)}, within a year ${percent(chancePerYear)}` +
        `${policy.lockout ? "; the lockout does not count, because forged packets lift it" : ""}`,
      remedy: "add a step",
      path: "sequence",
    },
  ];
}

export function count(number: number): string {
  return number >= 1e6 ? `${Number((number / 1e6).toPrecision(3))} million` : String(Math.floor(number));
}

/** A probability with two significant digits; 0 and 100 % only for exactly these. */
export function percent(chance: number): string {
  if (chance >= 1) return "100 %";
  if (chance > 0.99) return "over 99 %";
  return chance < 1e-6 ? "under 0.0001 %" : `${Number((100 * chance).toPrecision(2))} %`;
}
