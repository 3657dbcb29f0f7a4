import type { Step } from "./types";

/** Even numbers of hexadecimal digits, at least two. */
const HEX = /^hex:((?:[0-9A-Fa-f]{2})+)$/;

/**
 * The bytes of a UDP step's datagram: `payload` as UTF-8, or hexadecimal digits after `hex:`. Empty without a payload.
 * Undefined if anything else follows `hex:`.
 */
export function parsePayload(payload = ""): Uint8Array | undefined {
  if (!payload.startsWith("hex:")) return Buffer.from(payload, "utf8");
  const [, digits] = HEX.exec(payload) ?? [];
  return digits === undefined ? undefined : Buffer.from(digits, "hex");
}

/** The bytes to send for a checked step. Empty for a step without a payload. */
export function payloadOf(step: Step): Uint8Array {
  return (step.protocol === "udp" && parsePayload(step.payload)) || new Uint8Array();
}

/** The canonical form of a payload: equal bytes are equal texts. */
export function formatPayload(payload: Uint8Array): string {
  return `hex:${Buffer.from(payload).toString("hex")}`;
}
