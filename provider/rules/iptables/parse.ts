import { formatNetwork, maskOf, parseNetwork } from "../../policy/networks";
import type { Family } from "../../policy/types";
import { formatUtc } from "../../policy/utc";
import { isShared } from "../dispatcher";
import { bitsOf } from "../families";
import type { Chain, Identity, List, Rule, Test, Verdict } from "../ir";
import { type Clause, readClauses } from "./clauses";
import { chainOf, listOf } from "./names";
import { firstPorts, isIcmp, packet, token } from "./parsePacket";
import { perMinute, readRate } from "./rate";
import { FOREIGN, type Read, type Take } from "./read";
import { refusal } from "./render";

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
    interfaceOf(take, chain, chainOf(clauses.get("-g")?.value ?? "", identity)),
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

/** A door stands at an interface in the shared chains; its own ask for the host's packets alone, as one of the shared does. */
function interfaceOf(take: Take, chain: Chain, target: Chain | undefined): Read<Test> {
  const name = take("-i")?.value;
  if (name === "lo" && (!isShared(chain) || target?.kind === "own")) return { kind: "loopback" };
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
