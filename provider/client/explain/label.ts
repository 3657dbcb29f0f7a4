import { payloadOf } from "../../policy/payload";
import type { Step } from "../../policy/types";

/** A knock for a picture: as in a sequence's text form, less what its payload is. */
export function labelStep(step: Step): string {
  if (step.protocol === "icmp") return `icmp/${step.payloadBytes}`;
  const { length } = payloadOf(step);
  return `${step.protocol}/${step.port}${length > 0 ? ` and ${length} bytes` : ""}`;
}
