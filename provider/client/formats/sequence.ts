import type { Sequence } from "../../policy/types";
import { UsageError } from "../usageError";
import type { Exported } from "./format";

/** What a format that has the knocks in it writes down: it will be sent again and again. */
export function sequenceOf({ name, sequence }: Exported): Sequence {
  if (sequence) return sequence;
  throw new UsageError(`the door of ${name} has one-time tokens alone, and this format would repeat one`);
}
