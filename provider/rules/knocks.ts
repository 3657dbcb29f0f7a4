import type { Policy, Step } from "../policy/types";
import type { Test } from "./ir";
import { isForwarded } from "./services";

/** The test for a knock of a policy. */
export function knockTest(policy: Policy, step: Step): Test {
  return {
    kind: "knock",
    step,
    ...(isForwarded(policy) && step.protocol !== "icmp" && { isOriginal: true }),
  };
}
