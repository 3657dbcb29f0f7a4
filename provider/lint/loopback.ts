import type { Policy } from "../policy/types";
import type { Finding } from "./finding";

/** Guesses that cost nothing: no network in between, as many sources as 127.0.0.0/8 has, and the door beside it to ask. */
export function loopbackKnocks(policy: Policy): Finding[] {
  const isHeard = policy.loopbackKnocks || policy.interface === "lo";
  return isHeard
    ? [
        {
          code: "loopback-knocks",
          severity: "warning",
          reason:
            "any account of the host can try sequences from there, thousands a second, and see which one opens the door",
          remedy: "leave `loopbackKnocks` out, and let what runs on the host in by `allowFrom`",
          path: policy.loopbackKnocks ? "loopbackKnocks" : "interface",
        },
      ]
    : [];
}
