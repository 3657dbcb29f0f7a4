import { payloadOf } from "../../policy/payload";
import { TOKEN_BYTES } from "../../policy/tokens";
import type { Family } from "../../policy/types";
import type { Test } from "../ir";
import { numberOf } from "../knocks";
import { digitTest, payloadTest, pingTest, sizeTest } from "./u32";

/**
 * A ping is recognised by its size. IPv4: `-m length` is the whole packet, 20 + 8 + payload bytes. IPv6: `-m length` counts
 * the 40 bytes of the header from kernel 6.3 on and not before, so the header's own payload length is read instead.
 */
export function knockWords(
  { step, isOriginal }: Extract<Test, { kind: "knock" }>,
  family: Family,
  shown: string | undefined,
): string[] {
  if (step.protocol !== "icmp") {
    const port = shown ?? String(step.port);
    const isAny = payloadOf(step).length === 0;
    return [
      ...["-p", step.protocol],
      ...(isOriginal ? ["-m", "conntrack", "--ctorigdstport", port] : ["-m", step.protocol, "--dport", port]),
      ...(isAny ? [] : u32(shown ?? `"${payloadTest(payloadOf(step), family)}"`)),
    ];
  }
  return family === "ipv4"
    ? ["-p", "icmp", "-m", "length", "--length", shown ?? String(numberOf(step))]
    : ["-p", "ipv6-icmp", ...u32(shown ?? `"${pingTest(step.payloadBytes)}"`)];
}

/** A datagram to the tokens' port, and as long as a token. */
export function tokenShapeWords(
  { port, isOriginal }: Extract<Test, { kind: "tokenShape" }>,
  family: Family,
  shown: string | undefined,
): string[] {
  const asked = shown ?? String(port);
  return [
    ...["-p", "udp"],
    ...(isOriginal ? ["-m", "conntrack", "--ctorigdstport", asked] : ["-m", "udp", "--dport", asked]),
    ...u32(`"${sizeTest(TOKEN_BYTES, family)}"`),
  ];
}

export function tokenDigitWords(digit: string, family: Family): string[] {
  return u32(`"${digitTest(digit, family)}"`);
}

export function tokenWords(
  { name, secrets }: Extract<Test, { kind: "token" }>,
  family: Family,
  shown: string | undefined,
): string[] {
  const payload = Buffer.from(`${name}${secrets[family] ?? ""}`, "hex");
  return u32(shown ?? `"${payloadTest(payload, family)}"`);
}

function u32(test: string): string[] {
  return ["-m", "u32", "--u32", test];
}

/** A payload's hexadecimal digits, and the numbers by which rules ask for it (u32.ts), as regular expressions. */
export function byteTexts(digits: string): string[] {
  const words = digits === "" ? [] : [...(digits.match(/.{8}/g) ?? []), digits.slice(-8)];
  return [digits, ...words.map((word) => word.replace(/^0*/, "0x0*"))].filter((text) =>
    /[1-9a-f]/.test(text.replace("0x0*", "")),
  );
}
