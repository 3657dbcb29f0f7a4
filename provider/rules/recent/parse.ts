import { formatPayload } from "../../policy/payload";
import { type PortRange, parsePorts } from "../../policy/ports";
import type { Family } from "../../policy/types";
import type { Chain, Identity, List, Rule, Test, Verdict } from "../ir";
import { chainOf, listOf } from "../names";
import { type Clause, readClauses } from "./clauses";
import { readPayloadTest, readPingTest } from "./u32";

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
    notIcmp(take, family),
    packet(take, chain, family),
    openSocket(take),
    flow(take),
    inList(take, identity, family),
  ];
  for (const test of readTests) {
    if (test === FOREIGN) return undefined;
    if (test !== undefined) tests.push(test);
  }
  const from = moveList(take("--remove"), identity, family);
  const to = moveList(take("--set"), identity, family);
  const comment = take("--comment")?.value;
  const verdict = readVerdict(take, identity);
  if (clauses.size > 0 || from === FOREIGN || to === FOREIGN || verdict === FOREIGN) return undefined;
  return {
    chain,
    tests,
    ...(from || to ? { move: { ...(from && { from }), ...(to && { to }) } } : {}),
    verdict,
    ...(comment === undefined ? {} : { comment }),
  };
}

function notIcmp(take: Take, family: Family): Read<Test> {
  const protocol = take("! -p")?.value;
  if (protocol === undefined) return undefined;
  return isIcmp(protocol, family) ? { kind: "notIcmp" } : FOREIGN;
}

/** Only attempt and stage chains ask for knocks; ports elsewhere are those of services. */
function packet(take: Take, chain: Chain, family: Family): Read<Test> {
  const protocol = take("-p")?.value;
  if (protocol === undefined) return undefined;
  if (isIcmp(protocol, family)) return ping(take, family);
  if (protocol !== "tcp" && protocol !== "udp") return FOREIGN;
  if (take("--syn")) return { kind: "attempt", protocol: "tcp" };
  const ports = (take("--dport") ?? take("--dports"))?.value;
  if (ports === undefined) return protocol === "udp" ? { kind: "attempt", protocol } : FOREIGN;
  const ranges = ports
    .split(",")
    .map((text) => parsePorts(text.includes(":") ? text.replace(":", "-") : Number(text)));
  if (!ranges.every((range): range is PortRange => range !== undefined)) return FOREIGN;
  if (chain.kind !== "attempt" && chain.kind !== "stage") return { kind: "service", protocol, ports: ranges };
  const [only] = ranges;
  const isOnePort = ranges.length === 1 && only !== undefined && only.first === only.last;
  if (!isOnePort) return FOREIGN;
  const bytes = take("--u32")?.value;
  if (bytes === undefined) return { kind: "knock", step: { protocol, port: only.first } };
  const payload = readPayloadTest(bytes, family);
  return protocol === "udp" && payload
    ? { kind: "knock", step: { protocol, port: only.first, payload: formatPayload(payload) } }
    : FOREIGN;
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

function flow(take: Take): Read<Test> {
  const states = take("--ctstate")?.value.split(",").sort().join();
  if (states === undefined) return undefined;
  if (states === "NEW") return { kind: "flow", state: "new" };
  return states === "ESTABLISHED,RELATED" ? { kind: "flow", state: "established" } : FOREIGN;
}

function inList(take: Take, identity: Identity, family: Family): Read<Test> {
  const clause = take("--rcheck");
  if (clause === undefined) return undefined;
  const list = listOf(clause.name ?? "", identity, family);
  return list && clause.seconds !== undefined
    ? { kind: "in", list, seconds: Number(clause.seconds) }
    : FOREIGN;
}

function moveList(clause: Clause | undefined, identity: Identity, family: Family): Read<List> {
  if (clause === undefined) return undefined;
  return (clause.seconds === undefined ? listOf(clause.name ?? "", identity, family) : undefined) ?? FOREIGN;
}

function readVerdict(take: Take, identity: Identity): Verdict | typeof FOREIGN {
  const target = take("-j")?.value;
  if (target === "RETURN" || target === "ACCEPT" || target === "DROP") {
    return { kind: target.toLowerCase() as "return" | "accept" | "drop" };
  }
  const chain = chainOf(target ?? take("-g")?.value ?? "", identity);
  return chain ? { kind: target === undefined ? "goto" : "jump", chain } : FOREIGN;
}

function isIcmp(protocol: string, family: Family): boolean {
  return family === "ipv4" ? protocol === "icmp" : ["ipv6-icmp", "icmpv6"].includes(protocol);
}
