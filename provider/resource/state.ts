import type { Committed, Held } from "../host/commit";
import { formatSequence } from "../policy/text";
import type { Comparison } from "../rules/compare";
import type { Door, Properties } from "./door";

/** The shape of the outputs. Every released one is accepted for ever: old state is read by newer code. */
export const STATE_VERSION = 1;

/** The outputs of a door: its inputs, what the host holds, and how to knock. JSON only; no key may be undefined. */
export function stateOf(
  inputs: Properties,
  door: Door,
  { hostKey, persistence }: Held,
  { lines }: Comparison,
  verified: Committed["verified"],
): Properties {
  const { host } = door.connection;
  return {
    ...inputs,
    rules: lines,
    stateVersion: STATE_VERSION,
    hostKey,
    persistence,
    ...(verified && { verified }),
    knockCommand: `portknock knock ${host} --sequence ${formatSequence(door.policy.sequence)}`,
  };
}

/**
 * Inputs as they stand in outputs of any version.
 * @throws Error where a newer release wrote them.
 */
export function inputsOf(state: Properties): Properties {
  const { stateVersion, hostKey, persistence, verified, knockCommand, ...inputs } = state;
  if (stateVersion !== STATE_VERSION) {
    throw new Error(
      `this state is of version ${stateVersion}, written by a newer pulumi-portknock: upgrade this one`,
    );
  }
  return inputs;
}

/** The host's key that was recorded with the outputs. */
export function recordedHostKey(state: Properties): string | undefined {
  return typeof state.hostKey === "string" ? state.hostKey : undefined;
}

/** What was seen of the door when it was last changed. */
export function lastVerified(state: Properties): Committed["verified"] {
  return state.verified as Committed["verified"];
}
