import { sequencesAt } from "../derive/derivation";
import { windowDerivation } from "../derive/schedule";
import { sameSequence } from "../policy/sameStep";
import type { DoorDerivation, Policy, Sequence } from "../policy/types";
import type { Door } from "./door";
import { guardsSsh } from "./guards";

/** A sequence that may open a host's SSH port, and in words where it is known from. */
export interface Knock {
  readonly sequence: Sequence;
  readonly source: string;
}

/** What opens a host's SSH port: a sequence, or the derivation of the current window's sequence. */
export type KnockSource = { readonly sequence: Sequence } | { readonly derivation: DoorDerivation };

/** A knock source, and in words where it is known from. */
export type NamedKnockSource = KnockSource & { readonly source: string };

/** What opens a door, without its one-time tokens. */
export function knockSourcesOf({ sequence, calendar }: Policy): KnockSource[] {
  return [
    ...(sequence ? [{ sequence }] : []),
    ...(calendar ? [{ derivation: windowDerivation(calendar) }] : []),
  ];
}

/** What opens the host's SSH port, of the doors that guard it. */
export function sshKnockSources(doors: readonly Door[]): KnockSource[] {
  return doors.filter(guardsSsh).flatMap(({ policy }) => knockSourcesOf(policy));
}

/** The same of one door, each with where it is known from. */
export function namedKnockSources(policy: Policy, source: string): NamedKnockSource[] {
  return knockSourcesOf(policy).map((one) => ({ ...one, source }));
}

/**
 * The knocks of this moment, the likeliest last. For windows, a retry also sends the neighbours' sequences: the host's clock,
 * or this one, may be off.
 */
export function knocksNow({ source, ...one }: NamedKnockSource, isRetry: boolean): Knock[] {
  if ("sequence" in one) return [{ sequence: one.sequence, source }];
  const sequences = sequencesAt(one.derivation, Date.now());
  return (isRetry ? sequences : sequences.slice(0, 1)).toReversed().map((sequence) => ({ sequence, source }));
}

/** The knocks of many sources, each once. The last of equal ones stays: the later source knows more of it. */
export function distinctKnocks(sources: readonly NamedKnockSource[], isRetry: boolean): Knock[] {
  const knocks = sources.flatMap((one) => knocksNow(one, isRetry));
  return knocks.filter(
    ({ sequence }, index) => !knocks.slice(index + 1).some((later) => sameSequence(later.sequence, sequence)),
  );
}
