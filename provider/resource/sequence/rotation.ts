import { isDeepStrictEqual } from "node:util";
import { epochAt, startOf } from "../../derive/epoch";
import type { Recipe } from "../../derive/recipe";
import { type ReservedPorts, randomSequence, sequenceOf } from "../../derive/sequence";
import type { EarlierSequence, Sequence } from "../../policy/types";
import { formatUtc } from "../../policy/utc";

/** When a KnockSequence makes a sequence, and from what. */
export interface Plan {
  readonly recipe: Recipe;
  readonly keepers: ReservedPorts;
  /** Of derived sequences; without it they are random. */
  readonly subkey?: Uint8Array;
  /** Undefined: only by hand. */
  readonly rotateEverySeconds: number | undefined;
  readonly overlapSeconds: number;
}

/** A sequence and the one before it. Times as ISO 8601, in UTC. */
export interface Generation {
  readonly current: Sequence;
  /** The sequence before it while it is accepted; else none. */
  readonly previousSequences: readonly EarlierSequence[];
  /** Counted from 1. */
  readonly generation: number;
  readonly rotatedAt: string;
  /** When the sequence changes by itself, or `never`. */
  readonly rotatesAt: string;
}

/**
 * The generation at a time: the one before, unless its time is over or the plan changed. The overlap of a replaced sequence
 * begins now, even if it was due long ago: its users learn of the new one only now.
 */
export function generationAt(
  nowMs: number,
  plan: Plan,
  before: Generation | undefined,
  isSamePlan: boolean,
): Generation {
  const current = sequenceAt(nowMs, plan, isSamePlan ? before : undefined);
  if (before && isDeepStrictEqual(current, before.current)) {
    return {
      ...before,
      previousSequences: before.previousSequences.filter(
        ({ acceptUntil }) => Date.parse(acceptUntil) > nowMs,
      ),
      rotatesAt: rotationAfter(Date.parse(before.rotatedAt), nowMs, plan),
    };
  }
  const acceptUntil = utc(nowMs + 1000 * plan.overlapSeconds);
  return {
    current,
    previousSequences: before && plan.overlapSeconds > 0 ? [{ sequence: before.current, acceptUntil }] : [],
    generation: (before?.generation ?? 0) + 1,
    rotatedAt: utc(nowMs),
    rotatesAt: rotationAfter(nowMs, nowMs, plan),
  };
}

function sequenceAt(nowMs: number, plan: Plan, before: Generation | undefined): Sequence {
  const { recipe, keepers, subkey, rotateEverySeconds } = plan;
  if (subkey && rotateEverySeconds) {
    return sequenceOf(subkey, recipe, epochAt(nowMs, rotateEverySeconds), keepers);
  }
  const isDue = before && Date.parse(rotationAfter(Date.parse(before.rotatedAt), nowMs, plan)) <= nowMs;
  return before && !isDue ? before.current : randomSequence(recipe);
}

function rotationAfter(rotatedMs: number, nowMs: number, { subkey, rotateEverySeconds }: Plan): string {
  if (rotateEverySeconds === undefined) return "never";
  if (subkey) return utc(startOf(epochAt(nowMs, rotateEverySeconds) + 1, rotateEverySeconds));
  return utc(rotatedMs + 1000 * rotateEverySeconds);
}

/** In whole seconds, as iptables counts: 2026-12-01T00:00:00Z. */
function utc(timeMs: number): string {
  return formatUtc(Math.ceil(timeMs / 1000) * 1000);
}
