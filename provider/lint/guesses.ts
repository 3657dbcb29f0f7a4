import { limits } from "../policy/limits";
import { payloadOf } from "../policy/payload";
import type { Policy, Sequence, Step } from "../policy/types";
import type { Finding } from "./finding";

/** What one source may send: 5 Mbit/s of the smallest frames, from any rented machine. */
const PACKETS_PER_SECOND = 10_000;
const SECONDS_PER_DAY = 86_400;

/** How many knocks there are of the step's kind; of a payload, as many as its length has, as if it were random. */
function kinds(step: Step): number {
  if (step.protocol === "icmp") return limits.pingPayloadBytes.max + 1;
  return limits.port.max * 256 ** payloadOf(step).length;
}

/**
 * What blind guessing is worth to one source that knows the protocols of the steps, but none of their numbers. A lockout
 * does not count: forged packets push its entries out of lists of 100 (lockout.ts), and whoever has many addresses needs
 * none of that.
 */
export interface Guessing {
  readonly bits: number;
  readonly guessesPerDay: number;
  /** 0 to 1. */
  readonly chancePerDay: number;
  readonly chancePerYear: number;
}

/**
 * Each packet ends one more guess: the last steps that a source has sent are all that counts, so a word in which every
 * sequence stands once (de Bruijn, 1946) tries them all in as many packets as there are sequences.
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

/** An error where a day is enough more often than not; a warning where a year is, one time in ten. */
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
        `${count(guessesPerDay)} guesses a day, and hits within a day with a chance of ${percent(chancePerDay)}, within a year of ${percent(chancePerYear)}` +
        `${policy.lockout ? "; the lockout is not counted, since forged packets lift it" : ""}`,
      remedy: "add a step",
      path: "sequence",
    },
  ];
}

export function count(number: number): string {
  return number >= 1e6 ? `${Number((number / 1e6).toPrecision(3))} million` : String(Math.floor(number));
}

/** A chance with two significant digits, and never as 0 or 100 % where it is neither. */
export function percent(chance: number): string {
  if (chance >= 1) return "100 %";
  if (chance > 0.99) return "over 99 %";
  return chance < 1e-6 ? "under 0.0001 %" : `${Number((100 * chance).toPrecision(2))} %`;
}
