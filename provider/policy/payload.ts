import type { Step } from "./types";

/** Even numbers of hexadecimal digits, at least two. */
const HEX = /^hex:((?:[0-9A-Fa-f]{2})+)$/;

/**
 * The bytes that a UDP step's datagram carries: those of `payload`, as UTF-8 or after `hex:` as hexadecimal digits;
 * none without one. Undefined where `hex:` is followed by anything else.
 */
export function parsePayload(payload = ""): Uint8Array | undefined {
  if (!payload.startsWith("hex:")) return Buffer.from(payload, "utf8");
  const [, digits] = HEX.exec(payload) ?? [];
  return digits === undefined ? undefined : Buffer.from(digits, "hex");
}

/** What whoever sends a checked step puts into its datagram. Empty for a step that says nothing of it. */
export function payloadOf(step: Step): Uint8Array {
  return (step.protocol === "udp" && parsePayload(step.payload)) || new Uint8Array();
}

/** The one way in which a checked payload is written, so that equal bytes are equal texts. */
export function formatPayload(payload: Uint8Array): string {
  return `hex:${Buffer.from(payload).toString("hex")}`;
}
