import type { CustomResourceOptions, Output } from "@pulumi/pulumi";
import type { Derivation } from "../../derive/derivation";
import type { Step } from "../../policy/types";
import type { KnockSequenceArgs } from "../args/knockSequenceArgs";
import { sequenceProperties } from "../sequence/properties";
import { constructorInputs, withSecretOutputs } from "./constructorInputs";
import { DynamicResource } from "./dynamicResource";
import { ownerOf } from "./owner";

const TYPE = "KnockSequence";

/** A sequence that was replaced. */
export interface PreviousSequence {
  /** Its knocks. */
  sequence: Step[];
  /** Until then it is accepted beside its successor: ISO 8601, in UTC. */
  acceptUntil: string;
}

/**
 * A knock sequence that rotates: random, or derived from a master secret.
 *
 * @example
 * ```ts
 * const sequence = new KnockSequence("web", { rotateEvery: "30d", overlap: "24h" });
 * ```
 */
export class KnockSequence extends DynamicResource {
  /** The sequence, for `PortKnock`'s `sequence`. Secret. */
  declare readonly current: Output<Step[]>;
  /** The sequence before it, while it is accepted; never more than one. Secret. */
  declare readonly previousSequences: Output<PreviousSequence[]>;
  /** Which sequence it is, counted from 1. */
  declare readonly generation: Output<number>;
  /** When it was made, as `2026-12-01T00:00:00Z`. */
  declare readonly rotatedAt: Output<string>;
  /** From when on the next `pulumi up` makes another; `never` without `rotateEvery`. */
  declare readonly rotatesAt: Output<string>;
  /** How hard it is to guess, for someone who knows the protocols. */
  declare readonly entropyBits: Output<number>;
  /** What a client needs to compute this door's sequences from now on. Undefined for random ones. Secret. */
  declare readonly derivation: Output<Derivation | undefined>;

  constructor(name: string, args: KnockSequenceArgs = {}, options: CustomResourceOptions = {}) {
    const properties = {
      ...constructorInputs(sequenceProperties, { ...args }),
      owner: ownerOf(TYPE, name, options.parent),
    };
    super(TYPE, "knock-sequence", name, properties, withSecretOutputs(sequenceProperties, options));
  }

  /**
   * For `PortKnock`'s `previous`: the sequence before the current one, and until when it is accepted; undefined where none
   * is. An optional output would be unknown in every preview, and the rules of the doors with it; a list is not.
   */
  get previous(): Output<PreviousSequence | undefined> {
    return this.previousSequences.apply(([previous]) => previous);
  }
}
