import type { Sequence } from "../../policy/types";
import { UsageError } from "../usageError";
import type { Exported } from "./format";

/** @throws UsageError for a door that has one-time tokens only: what a format writes down is sent more than once. */
export function sequenceOf({ name, sequence }: Exported): Sequence {
  if (sequence) return sequence;
  throw new UsageError(
    `the door of ${name} has one-time tokens only, and this format would send one token again and again`,
  );
}

/** @throws UsageError for a door whose sequence changes with time as well: the file would soon be wrong. */
export function lastingSequenceOf(door: Exported): Sequence {
  if (door.derivation === undefined) return sequenceOf(door);
  throw new UsageError(
    `the sequence of ${door.name} changes with time, and this format holds one sequence: use --format shell`,
  );
}
