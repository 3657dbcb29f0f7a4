import type { Policy, Step } from "../policy/types";
import type { Chain, Test } from "./ir";
import { isForwarded } from "./services";

/** The test for a knock of a policy. */
export function knockTest(policy: Policy, step: Step): Test {
  return {
    kind: "knock",
    step,
    ...(isForwarded(policy) && step.protocol !== "icmp" && { isOriginal: true }),
  };
}

/** Whether a chain's rules ask for knocks, so that any number in it may be a secret. */
export function asksForKnocks({ kind }: Chain): boolean {
  return ["firsts", "attempt", "stage", "window", "tokens", "tokenRange"].includes(kind);
}

/** The number by which rules know a knock: its port, or the length of a ping's IPv4 packet. */
export function numberOf(step: Step): number {
  return step.protocol === "icmp" ? 28 + step.payloadBytes : step.port;
}
