import { formatPayload } from "../../policy/payload";
import { type PortRange, parsePorts, span } from "../../policy/ports";
import { TOKEN_BYTES } from "../../policy/tokens";
import type { Family } from "../../policy/types";
import { isShared } from "../dispatcher";
import type { Chain, Test } from "../ir";
import { asksForKnocks } from "../knocks";
import type { Clauses } from "./clauses";
import { FOREIGN, type Read, type Take } from "./read";
import { isSizeTest, readDigitTest, readPayloadTest, readPingTest } from "./u32";

/** Ports of first knocks in the chain that all packets come through: those are told by where they are sent. */
export function firstPorts(take: Take, chain: Chain, clauses: Clauses | undefined): Read<Test> {
  const isFirst = /^PK-000000000[012]-f(tcp|udp)\d+$/.exec(clauses?.get("-g")?.value ?? "");
  if (chain.kind !== "part" || isFirst === null) return undefined;
  const protocol = isFirst[1] === "tcp" ? "tcp" : "udp";
  const isSyn = take("--syn") !== undefined;
  const range = take("--dport")?.value;
  const ports = take("--dports")?.value.split(",").map(Number) ?? [];
  const isWhole = take("-p")?.value === protocol && isSyn === (protocol === "tcp");
  const isSorted = range === [...new Set([...ports.slice(0, 1), ...ports.slice(-1)])].join(":");
  return isWhole && isSorted && ports.length > 0 && ports.every(Number.isInteger)
    ? { kind: "firstPorts", protocol, ports }
    : FOREIGN;
}

function readRanges(ports: string): PortRange[] | undefined {
  const ranges = ports
    .split(",")
    .map((text) => parsePorts(text.includes(":") ? text.replace(":", "-") : Number(text)));
  return ranges.every((range): range is PortRange => range !== undefined) ? ranges : undefined;
}

/** Ports in a chain that does not ask for knocks are those of services. */
export function packet(take: Take, chain: Chain, family: Family): Read<Test> {
  const protocol = take("-p")?.value;
  if (protocol === undefined) return undefined;
  if (isIcmp(protocol, family)) return ping(take, family);
  if (protocol !== "tcp" && protocol !== "udp") return FOREIGN;
  if (take("--syn")) return { kind: "attempt", protocol: "tcp" };
  const original = take("--ctorigdstport")?.value;
  const [one, several] = [take("--dport")?.value, take("--dports")?.value];
  const ports = several ?? one ?? original;
  if (ports === undefined) return protocol === "udp" ? { kind: "attempt", protocol } : FOREIGN;
  const ranges = readRanges(ports);
  if (ranges === undefined) return FOREIGN;
  if (one !== undefined && several !== undefined) {
    const { first, last } = span(ranges);
    const isSpan = one === `${first}:${last}` && isShared(chain);
    return isSpan ? { kind: "service", protocol, ports: ranges, isSpanned: true } : FOREIGN;
  }
  const asked = original === undefined ? {} : { isOriginal: true as const };
  const bytes = take("--u32")?.value;
  if (!asksForKnocks(chain) && bytes === undefined) {
    return { kind: "service", protocol, ports: ranges, ...asked };
  }
  const [only] = ranges;
  const isOnePort = ranges.length === 1 && only !== undefined && only.first === only.last;
  if (!isOnePort) return FOREIGN;
  if (bytes !== undefined && !asksForKnocks(chain)) {
    const isShape = protocol === "udp" && isSizeTest(bytes, TOKEN_BYTES, family);
    return isShape ? { kind: "tokenShape", port: only.first, ...asked } : FOREIGN;
  }
  if (bytes !== undefined && chain.kind === "firsts" && isSizeTest(bytes, TOKEN_BYTES, family)) {
    return { kind: "tokenShape", port: only.first, ...asked };
  }
  const payload = bytes === undefined ? undefined : readPayloadTest(bytes, family);
  if (protocol === "tcp" || (bytes === undefined) !== (payload === undefined)) {
    return bytes === undefined ? { kind: "knock", step: { protocol, port: only.first }, ...asked } : FOREIGN;
  }
  const carries = payload && { payload: formatPayload(payload) };
  return { kind: "knock", step: { protocol, port: only.first, ...carries }, ...asked };
}

/** What a chain asks of a datagram that has the shape of a token. */
export function token(take: Take, chain: Chain, family: Family): Read<Test> {
  if (chain.kind !== "tokens" && chain.kind !== "tokenRange") return undefined;
  const text = take("--u32")?.value;
  if (text === undefined) return undefined;
  if (chain.kind === "tokens") {
    const digit = readDigitTest(text, family);
    return digit === undefined ? FOREIGN : { kind: "tokenDigit", digit };
  }
  const payload = readPayloadTest(text, family);
  if (payload?.length !== TOKEN_BYTES) return FOREIGN;
  const digits = Buffer.from(payload).toString("hex");
  return { kind: "token", name: digits.slice(0, 8), secrets: { [family]: digits.slice(8) } };
}

function ping(take: Take, family: Family): Read<Test> {
  const type = take(family === "ipv4" ? "--icmp-type" : "--icmpv6-type")?.value;
  if (type !== undefined) {
    return type === (family === "ipv4" ? "8" : "128") ? { kind: "attempt", protocol: "icmp" } : FOREIGN;
  }
  const payloadBytes =
    family === "ipv4" ? Number(take("--length")?.value) - 28 : readPingTest(take("--u32")?.value ?? "");
  return payloadBytes !== undefined && Number.isInteger(payloadBytes)
    ? { kind: "knock", step: { protocol: "icmp", payloadBytes } }
    : FOREIGN;
}

export function isIcmp(protocol: string, family: Family): boolean {
  return family === "ipv4" ? protocol === "icmp" : ["ipv6-icmp", "icmpv6"].includes(protocol);
}
