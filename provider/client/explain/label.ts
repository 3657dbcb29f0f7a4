import { payloadOf } from "../../policy/payload";
import type { Step } from "../../policy/types";

/** A knock as a label of a picture: its text form without its payload. */
export function labelStep(step: Step): string {
  if (step.protocol === "icmp") return `icmp/${step.payloadBytes}`;
  const { length } = payloadOf(step);
  return `${step.protocol}/${step.port}${length > 0 ? ` and ${length} bytes` : ""}`;
}
