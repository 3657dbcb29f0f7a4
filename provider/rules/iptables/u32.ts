import type { Family } from "../../policy/types";

/**
 * Tests of a packet's bytes for xt_u32, each a place and what the 32 bits there must be (iptables-extensions(8), u32).
 * It counts from the network header and never matches beyond the packet's end.
 */

/** IPv6 counts the payload in its header (RFC 8200: bytes 4 and 5). An ICMPv6 echo has 8 bytes before its own. */
export function pingTest(payloadBytes: number): string {
  return `4>>16=${8 + payloadBytes}`;
}

/** The size of the ping that a test asks for. */
export function readPingTest(text: string): number | undefined {
  const [, size] = /^4>>16=(\d+)$/.exec(inDecimal(text)) ?? [];
  return size === undefined ? undefined : Number(size) - 8;
}

/**
 * A datagram that carries exactly these bytes: its length (RFC 768: bytes 4 and 5) and every byte. An IPv4 header says
 * how long it is; an IPv6 packet with extension headers does not match.
 */
export function payloadTest(payload: Uint8Array, family: Family): string {
  const [udp, start] = headerOf(family);
  const tests = [sizeTest(payload.length, family)];
  for (let done = 0; done < payload.length; done += 4) {
    // The last four bytes, be they partly compared already; or all, and what stands before them masked out.
    const place = Math.min(done, payload.length - 4);
    const bytes = payload.subarray(Math.max(place, 0), place + 4);
    const mask = bytes.length < 4 ? `&0x${"ff".repeat(bytes.length)}` : "";
    tests.push(`${udp}${start + 8 + place}${mask}=0x${Buffer.from(bytes).toString("hex")}`);
  }
  return tests.join("&&");
}

/** A datagram of so many bytes. */
export function sizeTest(bytes: number, family: Family): string {
  const [udp, start] = headerOf(family);
  return `${udp}${start + 4}>>16=${8 + bytes}`;
}

/** A datagram that begins with this hexadecimal digit. */
export function digitTest(digit: string, family: Family): string {
  const [udp, start] = headerOf(family);
  return `${udp}${start + 8}>>28=0x${digit}`;
}

/** The digit that a test asks for; undefined where `digitTest` makes no such test. */
export function readDigitTest(text: string, family: Family): string | undefined {
  const [, digit] = />>(?:28|0x1c)=0x([0-9a-f])$/.exec(text) ?? [];
  return digit !== undefined && inDecimal(digitTest(digit, family)) === inDecimal(text) ? digit : undefined;
}

/** Whether a test is the one of `sizeTest`. */
export function isSizeTest(text: string, bytes: number, family: Family): boolean {
  return inDecimal(sizeTest(bytes, family)) === inDecimal(text);
}

/** The bytes that a test asks for; undefined where `payloadTest` makes no such test. */
export function readPayloadTest(text: string, family: Family): Uint8Array | undefined {
  const [size, ...words] = text.split("&&").map((test) => Number(test.slice(test.lastIndexOf("=") + 1)));
  const length = (size ?? 0) - 8;
  if (!(length >= 1 && length <= 4 * words.length)) return undefined;
  const payload = Buffer.alloc(length);
  for (const [index, word] of words.entries()) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(word >>> 0);
    const place = Math.min(4 * index, length - 4);
    bytes.copy(payload, Math.max(place, 0), Math.max(-place, 0));
  }
  return inDecimal(payloadTest(payload, family)) === inDecimal(text) ? payload : undefined;
}

/** How the UDP header is found, and where it begins from there. */
function headerOf(family: Family): readonly [string, number] {
  return family === "ipv4" ? ["0>>22&0x3C@", 0] : ["", 40];
}

/** iptables-save writes every number in hexadecimal, whatever it was. */
function inDecimal(text: string): string {
  return text.replace(/0x[0-9a-f]+|\d+/gi, (number) => String(Number(number)));
}
