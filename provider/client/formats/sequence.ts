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
