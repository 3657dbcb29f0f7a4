import { payloadOf } from "../../policy/payload";
import { TOKEN_BYTES } from "../../policy/tokens";
import type { Family } from "../../policy/types";
import type { Test } from "../ir";

/** Bytes of the UDP header, before a datagram's own. */
const UDP_HEADER = 8;
/** The kernel compares up to so many bytes at once. */
const CHUNK = 16;

/**
 * A ping is known by its size, as the header says it: in IPv4 all of the packet, 20 + 8 + payload bytes; in IPv6 what follows
 * the header, 8 + payload bytes. A payload is its length and all of its bytes.
 */
export function knockText(
  { step, isOriginal }: Extract<Test, { kind: "knock" }>,
  family: Family,
  shown: string | undefined,
): string {
  if (step.protocol === "icmp") {
    const size = shown ?? String(step.payloadBytes + (family === "ipv4" ? 28 : 8));
    return `${echoText(family)} ${family === "ipv4" ? "ip" : "ip6"} length ${size}`;
  }
  const payload = Buffer.from(payloadOf(step));
  const port = shown ?? String(step.port);
  if (payload.length === 0) return portText(step.protocol, port, isOriginal);
  const bytes = shown === undefined ? bytesText(payload) : `@th ${shown}`;
  const length = `udp length ${shown ?? UDP_HEADER + payload.length}`;
  return isOriginal
    ? `${length} ct original proto-dst ${port} ${bytes}`
    : `udp dport ${port} ${length} ${bytes}`;
}

export function portText(protocol: "tcp" | "udp", ports: string, isOriginal: boolean | undefined): string {
  return isOriginal
    ? `meta l4proto ${protocol} ct original proto-dst ${ports}`
    : `${protocol} dport ${ports}`;
}

export function echoText(family: Family): string {
  return `${family === "ipv4" ? "icmp" : "icmpv6"} type echo-request`;
}

/** A datagram to the tokens' port, and as long as a token. */
export function tokenShapeText(
  { port, isOriginal }: Extract<Test, { kind: "tokenShape" }>,
  shown: string | undefined,
): string {
  const length = `udp length ${UDP_HEADER + TOKEN_BYTES}`;
  const asked = shown ?? String(port);
  return isOriginal ? `${length} ct original proto-dst ${asked}` : `udp dport ${asked} ${length}`;
}

/** A datagram that begins with this hexadecimal digit. */
export function tokenDigitText(digit: string): string {
  return `@th,${8 * UDP_HEADER},8 & 0xf0 == ${hex(`${digit}0`)}`;
}

export function tokenText(
  { name, secrets }: Extract<Test, { kind: "token" }>,
  family: Family,
  shown: string | undefined,
): string {
  return shown === undefined
    ? bytesText(Buffer.from(`${name}${secrets[family] ?? ""}`, "hex"))
    : `@th ${shown}`;
}

/** `@th,64,24 0x6f7065`: so many bits, so far into the UDP header, are this number. */
function bytesText(payload: Buffer): string {
  const parts: string[] = [];
  for (let at = 0; at < payload.length; at += CHUNK) {
    const chunk = payload.subarray(at, at + CHUNK);
    parts.push(`@th,${8 * (UDP_HEADER + at)},${8 * chunk.length} ${hex(chunk.toString("hex"))}`);
  }
  return parts.join(" ");
}

/** The bytes that such tests ask for, as hexadecimal digits; undefined where they do not follow one another. */
export function readBytes(text: string): string | undefined {
  let digits = "";
  for (const [, at, bits, number] of text.matchAll(/@th,(\d+),(\d+) 0x([0-9a-f]+)/g)) {
    if (Number(at) !== 8 * UDP_HEADER + 4 * digits.length) return undefined;
    digits += (number ?? "").padStart(Number(bits) / 4, "0");
  }
  return digits === "" ? undefined : digits;
}

/** A number as newer releases of nft list it: hexadecimal, without zeros before it. */
export function hex(digits: string): string {
  return `0x${digits.replace(/^0+(?=.)/, "")}`;
}

/** Regular expressions for the texts by which rules know bytes: all digits, and the numbers of their parts. */
export function byteTexts(digits: string): string[] {
  const parts = digits.match(/.{1,32}/g) ?? [];
  return [
    digits,
    ...parts.flatMap((part) => [`0x0*${part.replace(/^0+(?=.)/, "")}`, BigInt(`0x${part}`).toString()]),
  ].filter((text) => /[1-9a-f]/.test(text.replace("0x0*", "")));
}
