import { formatNetwork, maskOf, parseNetwork } from "../../policy/networks";
import { formatPayload } from "../../policy/payload";
import { type PortRange, parsePorts } from "../../policy/ports";
import { TOKEN_BYTES } from "../../policy/tokens";
import type { Family } from "../../policy/types";
import { formatUtc } from "../../policy/utc";
import { bitsOf } from "../families";
import type { Chain, Identity, List, Rule, Test, Verdict } from "../ir";
import { asksForKnocks } from "../knocks";
import { type Clause, type Clauses, readClauses } from "./clauses";
import { chainOf, listOf } from "./names";
import { perMinute, readRate } from "./rate";
import { refusal } from "./render";
import { isSizeTest, readDigitTest, readPayloadTest, readPingTest } from "./u32";

/** Something that the compiler never writes. */
const FOREIGN: unique symbol = Symbol("foreign");
type Read<Value> = Value | undefined | typeof FOREIGN;

/** Takes an option out of the rule. What is left untaken at the end makes the rule a foreign one. */
type Take = (option: string) => Clause | undefined;

/**
 * Reads a rule back from `iptables-save`, whose normal form differs from what was loaded (`-m tcp`, `--mask`,
 * hexadecimal numbers) and between releases. Undefined where the compiler makes no such rule: it is someone else's.
 */
export function parseRule(line: string, identity: Identity, family: Family): Rule | undefined {
  const clauses = readClauses(line);
  const take: Take = (option) => {
    const clause = clauses?.get(option);
    clauses?.delete(option);
    return clause;
  };
  const chain = chainOf(take("-A")?.value ?? "", identity);
  if (clauses === undefined || chain === undefined) return undefined;
  const tests: Test[] = [];
  const readTests: Read<Test>[] = [
    source(take, family),
    interfaceOf(take, chain),
    broadcast(take),
    notIcmp(take, family),
    firstPorts(take, chain, clauses) ?? packet(take, chain, family),
    token(take, chain, family),
    openSocket(take),
    clock(take),
    flow(take),
    inList(take, identity, family),
    rate(take, identity, family),
    limit(take),
  ];
  for (const test of readTests) {
    if (test === FOREIGN) return undefined;
    if (test !== undefined) tests.push(test);
  }
  const from = moveList(take("--remove"), identity, family);
  const to = moveList(take("--set"), identity, family);
  const also = moveList(take("second --set"), identity, family);
  const comment = take("--comment")?.value;
  const verdict = readVerdict(take, identity, family);
  if (clauses.size > 0 || from === FOREIGN || to === FOREIGN) return undefined;
  if (also === FOREIGN || verdict === FOREIGN) return undefined;
  return {
    chain,
    tests,
    ...(from || to ? { move: { ...(from && { from }), ...(to && { to }), ...(also && { also }) } } : {}),
    verdict,
    ...(comment === undefined ? {} : { comment }),
  };
}

function source(take: Take, family: Family): Read<Test> {
  const text = take("-s")?.value;
  if (text === undefined) return undefined;
  const network = parseNetwork(text);
  return network?.family === family ? { kind: "source", network: formatNetwork(network) } : FOREIGN;
}

/** A door stands at an interface in its dispatcher; its own chains ask for the host's packets alone. */
function interfaceOf(take: Take, chain: Chain): Read<Test> {
  const name = take("-i")?.value;
  if (name === "lo" && chain.kind !== "dispatcher") return { kind: "loopback" };
  return name === undefined ? undefined : { kind: "interface", name };
}

function broadcast(take: Take): Read<Test> {
  const type = take("! --pkt-type")?.value;
  if (type === undefined) return undefined;
  return type === "unicast" ? { kind: "broadcast" } : FOREIGN;
}

function rate(take: Take, identity: Identity, family: Family): Read<Test> {
  const clause = take("--hashlimit-upto");
  if (clause === undefined) return undefined;
  const option = (name: string) => (name === "--hashlimit-upto" ? clause : take(name))?.value;
  return readRate(option, identity, family) ?? FOREIGN;
}

function limit(take: Take): Read<Test> {
  const text = take("--limit")?.value;
  const count = text === undefined ? undefined : perMinute(text);
  return text === undefined ? undefined : count === undefined ? FOREIGN : { kind: "limit", perMinute: count };
}

function notIcmp(take: Take, family: Family): Read<Test> {
  const protocol = take("! -p")?.value;
  if (protocol === undefined) return undefined;
  return isIcmp(protocol, family) ? { kind: "notIcmp" } : FOREIGN;
}

/** Ports of first knocks in the chain that all packets come through: those are told by where they are sent. */
function firstPorts(take: Take, chain: Chain, clauses: Clauses | undefined): Read<Test> {
  const isFirst = /^PK-000000000[012]-f(tcp|udp)\d+$/.exec(clauses?.get("-g")?.value ?? "");
  if (chain.kind !== "part" || isFirst === null) return undefined;
  const protocol = isFirst[1] === "tcp" ? "tcp" : "udp";
  const isSyn = take("--syn") !== undefined;
  const ports = take("--dports")?.value.split(",").map(Number) ?? [];
  const isWhole = take("-p")?.value === protocol && isSyn === (protocol === "tcp");
  return isWhole && ports.length > 0 && ports.every(Number.isInteger)
    ? { kind: "firstPorts", protocol, ports }
    : FOREIGN;
}

/** Ports in a chain that does not ask for knocks are those of services. */
function packet(take: Take, chain: Chain, family: Family): Read<Test> {
  const protocol = take("-p")?.value;
  if (protocol === undefined) return undefined;
  if (isIcmp(protocol, family)) return ping(take, family);
  if (protocol !== "tcp" && protocol !== "udp") return FOREIGN;
  if (take("--syn")) return { kind: "attempt", protocol: "tcp" };
  const original = take("--ctorigdstport")?.value;
  const ports = (take("--dport") ?? take("--dports"))?.value ?? original;
  if (ports === undefined) return protocol === "udp" ? { kind: "attempt", protocol } : FOREIGN;
  const ranges = ports
    .split(",")
    .map((text) => parsePorts(text.includes(":") ? text.replace(":", "-") : Number(text)));
  if (!ranges.every((range): range is PortRange => range !== undefined)) return FOREIGN;
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
function token(take: Take, chain: Chain, family: Family): Read<Test> {
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

function openSocket(take: Take): Read<Test> {
  const socket = take("-m")?.value;
  const isNoSyn = take("! --syn") !== undefined;
  if (socket === undefined && !isNoSyn) return undefined;
  return socket !== undefined && isNoSyn ? { kind: "openSocket" } : FOREIGN;
}

function clock(take: Take): Read<Test> {
  const [first, last] = [take("--datestart")?.value, take("--datestop")?.value];
  if (first === undefined && last === undefined) return undefined;
  const from = first === undefined ? undefined : utc(first, 0);
  const until = last === undefined ? undefined : utc(last, 1);
  if (until === undefined || (first !== undefined && from === undefined)) return FOREIGN;
  return from === undefined ? { kind: "until", time: until } : { kind: "between", from, until };
}

/** So many seconds after a time as iptables-save writes it. */
function utc(text: string, seconds: number): string | undefined {
  const time = Date.parse(`${text}Z`) + 1000 * seconds;
  return Number.isNaN(time) ? undefined : formatUtc(time);
}

function flow(take: Take): Read<Test> {
  const states = take("--ctstate")?.value.split(",").sort().join();
  if (states === undefined) return undefined;
  if (states === "NEW") return { kind: "flow", state: "new" };
  return states === "ESTABLISHED,RELATED" ? { kind: "flow", state: "established" } : FOREIGN;
}

function inList(take: Take, identity: Identity, family: Family): Read<Test> {
  const rcheck = take("--rcheck");
  const clause = rcheck ?? take("--update");
  if (clause === undefined) return undefined;
  const list = listIn(clause, identity, family);
  if (list === undefined || clause.seconds === undefined) return FOREIGN;
  const hits = clause.hitcount === undefined ? {} : { hits: Number(clause.hitcount) };
  return {
    kind: "in",
    list,
    seconds: Number(clause.seconds),
    ...hits,
    ...(rcheck === undefined && { refresh: true }),
  };
}

function moveList(clause: Clause | undefined, identity: Identity, family: Family): Read<List> {
  if (clause === undefined) return undefined;
  const isPlain = clause.seconds === undefined && clause.hitcount === undefined;
  return (isPlain ? listIn(clause, identity, family) : undefined) ?? FOREIGN;
}

/** A list's name tells its mask, and the rule must have that one. */
function listIn({ name = "", mask }: Clause, identity: Identity, family: Family): List | undefined {
  const list = listOf(name, identity, family);
  if (list === undefined) return undefined;
  const bits = bitsOf(list, family);
  const isAsNamed = bits === undefined ? mask === undefined : mask === maskOf(bits, family);
  return isAsNamed ? list : undefined;
}

function readVerdict(take: Take, identity: Identity, family: Family): Verdict | typeof FOREIGN {
  const target = take("-j")?.value;
  switch (target) {
    case "RETURN":
    case "ACCEPT":
    case "DROP":
      return { kind: target.toLowerCase() as "return" | "accept" | "drop" };
    case "REJECT": {
      const how = take("--reject-with")?.value;
      const protocol = (["tcp", "udp"] as const).find((one) => how === refusal(one, family));
      return protocol ? { kind: "refuse", protocol } : FOREIGN;
    }
    case "LOG": {
      const prefix = take("--log-prefix")?.value;
      return prefix === undefined ? FOREIGN : { kind: "log", prefix };
    }
  }
  const chain = chainOf(target ?? take("-g")?.value ?? "", identity);
  return chain ? { kind: target === undefined ? "goto" : "jump", chain } : FOREIGN;
}

function isIcmp(protocol: string, family: Family): boolean {
  return family === "ipv4" ? protocol === "icmp" : ["ipv6-icmp", "icmpv6"].includes(protocol);
}
