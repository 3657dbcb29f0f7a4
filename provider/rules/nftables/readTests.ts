import { ADDRESS_BITS, formatNetwork, parseNetwork } from "../../policy/networks";
import { formatPayload } from "../../policy/payload";
import { type PortRange, parsePorts } from "../../policy/ports";
import { TOKEN_BYTES } from "../../policy/tokens";
import type { Family } from "../../policy/types";
import { formatUtc } from "../../policy/utc";
import type { Chain, Identity, Test } from "../ir";
import { readBytes } from "./knock";
import { listOf } from "./names";

/** Takes what matches out of the rule, and returns its groups. What is left at the end makes the rule a foreign one. */
export type Take = (form: RegExp) => readonly string[] | undefined;

/** The first group of each match. */
export function takeAll(take: Take, form: RegExp): string[] {
  const found: string[] = [];
  for (let next = take(form); next !== undefined; next = take(form)) found.push(next[0] ?? "");
  return found;
}

/** The tests of a rule, in no order. A wrong reading is found when the rule is written again. */
export function readTests(
  take: Take,
  chain: Chain,
  identity: Identity,
  family: Family,
  isAboutKnocks: boolean,
  isEntrance: boolean,
): Test[] {
  const when = (form: RegExp, test: Test): Test[] => (take(form) ? [test] : []);
  return [
    ...inLists(take, identity, family),
    ...(take(/ ip6? saddr ([0-9a-f.:/]+) /)?.flatMap((text) => source(text, family)) ?? []),
    ...(take(/ iifname "([^"]+)" /)?.map((name) => interfaceTest(name, isEntrance)) ?? []),
    ...when(/ meta pkttype != host /, { kind: "broadcast" }),
    ...when(/ meta l4proto != (?:icmp|ipv6-icmp) /, { kind: "notIcmp" }),
    ...when(/ ct state new /, { kind: "flow", state: "new" }),
    ...when(/ ct state established,related /, { kind: "flow", state: "established" }),
    ...clock(take),
    ...rates(take, identity, family),
    ...when(/ tcp flags & \(fin\|syn\|rst\|ack\) != syn socket wildcard 0 /, { kind: "openSocket" }),
    ...when(/ tcp flags & \(fin\|syn\|rst\|ack\) == syn /, { kind: "attempt", protocol: "tcp" }),
    ...bytes(take, chain, family),
    ...ports(take, isAboutKnocks),
    ...ping(take, family),
    ...when(/ meta l4proto udp /, { kind: "attempt", protocol: "udp" }),
    ...when(/ icmp(?:v6)? type echo-request /, { kind: "attempt", protocol: "icmp" }),
  ];
}

function inLists(take: Take, identity: Identity, family: Family): Test[] {
  const [name = ""] = take(/ ip6? saddr(?: & \S+)? @(\S+) /) ?? [];
  const list = listOf(name, identity, family);
  return list === undefined ? [] : [{ kind: "in", list }];
}

function source(text: string, family: Family): Test[] {
  const network = parseNetwork(text.includes("/") ? text : `${text}/${ADDRESS_BITS[family]}`);
  return network ? [{ kind: "source", network: formatNetwork(network) }] : [];
}

/** A door stands at an interface where packets come to it; elsewhere only the host's own are told apart. */
function interfaceTest(name: string, isEntrance: boolean): Test {
  if (name === "lo" && !isEntrance) return { kind: "loopback" };
  return { kind: "interface", name: name.replace(/\*$/, "+") };
}

function clock(take: Take): Test[] {
  const [from] = take(/ meta time >= (\d+) /) ?? [];
  const [until] = take(/ meta time < (\d+) /) ?? [];
  const utc = (seconds: string) => formatUtc(1000 * Number(seconds));
  if (until === undefined) return [];
  return from === undefined
    ? [{ kind: "until", time: utc(until) }]
    : [{ kind: "between", from: utc(from), until: utc(until) }];
}

function rates(take: Take, identity: Identity, family: Family): Test[] {
  const [name, perMinute, burst] =
    take(
      / update @(\S+) \{ ip6? saddr(?: & \S+)? timeout \d+s limit rate (\d+)\/minute burst (\d+) packets \} /,
    ) ?? [];
  if (name?.includes(`-${identity.id}-`)) {
    const [, bits] = /-rate-\d+-\d+-(\d+)$/.exec(name) ?? [];
    const prefix = bits === undefined ? {} : { prefix: { [family]: Number(bits) } };
    return [{ kind: "rate", connectionsPerMinute: Number(perMinute), burst: Number(burst), ...prefix }];
  }
  const [limit] = take(/ limit rate (\d+)\/minute burst 5 packets /) ?? [];
  return limit === undefined ? [] : [{ kind: "limit", perMinute: Number(limit) }];
}

/** What is asked of the bytes of a datagram, with the port that goes with it. */
function bytes(take: Take, chain: Chain, family: Family): Test[] {
  const [high] = take(/ @th,64,8 & 0xf0 == 0x([0-9a-f]{1,2}) /) ?? [];
  if (high !== undefined) return [{ kind: "tokenDigit", digit: high.length === 1 ? "0" : high.slice(0, 1) }];
  const [length] = take(/ udp length (\d+) /) ?? [];
  const parts = takeAll(take, / (@th,\d+,\d+ 0x[0-9a-f]+) /);
  const digits = readBytes(parts.join(" "));
  if (length === undefined) {
    if (digits?.length !== 2 * TOKEN_BYTES || chain.kind !== "tokenRange") return [];
    return [{ kind: "token", name: digits.slice(0, 8), secrets: { [family]: digits.slice(8) } }];
  }
  const [original] = take(/ ct original proto-dst (\d+) /) ?? [];
  const port = Number(original ?? take(/ udp dport (\d+) /)?.[0]);
  const asked = original === undefined ? {} : { isOriginal: true as const };
  if (digits === undefined) return [{ kind: "tokenShape", port, ...asked }];
  const payload = formatPayload(Buffer.from(digits, "hex"));
  return [{ kind: "knock", step: { protocol: "udp", port, payload }, ...asked }];
}

/** The same text is about a knock or about a service, by where it stands. */
function ports(take: Take, isAboutKnocks: boolean): Test[] {
  const [protocol, original = "", dport = ""] =
    take(
      / (?:meta l4proto )?(tcp|udp) (?:ct original proto-dst (\{ [^}]+ \}|\S+)|dport (\{ [^}]+ \}|\S+)) /,
    ) ?? [];
  if (protocol !== "tcp" && protocol !== "udp") return [];
  const isOriginal = original === "" ? {} : { isOriginal: true as const };
  const ranges = (original || dport)
    .replace(/[{} ]/g, "")
    .split(",")
    .map((text) => readRange(text));
  const known = ranges.flatMap((range) => range ?? []);
  const [only] = known;
  if (!isAboutKnocks) return [{ kind: "service", protocol, ports: known, ...isOriginal }];
  return only ? [{ kind: "knock", step: { protocol, port: only.first }, ...isOriginal }] : [];
}

function readRange(text: string): PortRange | undefined {
  return parsePorts(text.includes("-") ? text : Number(text));
}

function ping(take: Take, family: Family): Test[] {
  const [size] = take(/ icmp(?:v6)? type echo-request ip6? length (\d+) /) ?? [];
  if (size === undefined) return [];
  return [
    { kind: "knock", step: { protocol: "icmp", payloadBytes: Number(size) - (family === "ipv4" ? 28 : 8) } },
  ];
}
