import type { Policy } from "../policy/types";
import type { Finding } from "./finding";

/**
 * Guessing costs nothing there: no network in between, all sources of 127.0.0.0/8, and the door next to it for a
 * test.
 */
export function loopbackKnocks(policy: Policy): Finding[] {
  const isHeard = policy.loopbackKnocks || policy.interface === "lo";
  return isHeard
    ? [
        {
          code: "loopback-knocks",
          severity: "warning",
          reason:
            "any account of the host can try thousands of sequences a second, and see which one opens the door",
          remedy: "leave `loopbackKnocks` out, and let the host's own programs in with `allowFrom`",
          path: policy.loopbackKnocks ? "loopbackKnocks" : "interface",
        },
      ]
    : [];
}
