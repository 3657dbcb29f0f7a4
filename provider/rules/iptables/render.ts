import { type PortRange, span } from "../../policy/ports";
import type { Family, HostChain, Step } from "../../policy/types";
import { hostChains } from "../dispatcher";
import { bitsOf, rulesIn } from "../families";
import type { Identity, List, Move, Rule, Ruleset, Test, Verdict } from "../ir";
import type { WriteSecret } from "../lines/syntax";
import { knockWords, tokenDigitWords, tokenShapeWords, tokenWords } from "./knock";
import { lower } from "./lower";
import { chainName, JUMP_COMMENT, listName } from "./names";
import { limitWords, maskWords, rateWords } from "./rate";

/**
 * The document for `iptables-restore --noflush` (ip6tables-restore for IPv6) that puts the door on a host without
 * any: the dispatcher, the door's chains, and the jump from the host's chain. One transaction (iptables-restore(8)).
 * Empty for a family in which the door has no rules.
 */
export function renderDocument(ruleset: Ruleset, family: Family): string {
  const rules = rulesIn(lower(ruleset), family);
  if (rules.length === 0) return "";
  // Some have no rules: a rule may send packets to a chain whether a door listens there or not.
  const targets = rules.flatMap(({ verdict }) => ("chain" in verdict ? verdict.chain : []));
  const chains = new Set(
    [...rules.map(({ chain }) => chain), ...targets].map((chain) => chainName(chain, ruleset.identity)),
  );
  return [
    "*filter",
    ...[...chains].map((chain) => `:${chain} - [0:0]`),
    ...rules.sort(byLists).map((rule) => renderRule(rule, ruleset.identity, family)),
    ...hostChains(ruleset).map(renderJump),
    "COMMIT",
    "",
  ].join("\n");
}

/**
 * Between chains there is no order but this: lists are made as rules name them, and every look-up passes those that were
 * made before (net/netfilter/xt_recent.c: recent_table_lookup). So tokens, which have many, come last. iptables-legacy goes
 * by the names of chains.
 */
function byLists(a: Rule, b: Rule): number {
  return Number(a.chain.kind === "tokenRange") - Number(b.chain.kind === "tokenRange");
}

/** The jump from a chain of the host to its dispatcher. */
export function renderJump(of: HostChain): string {
  const dispatcher = chainName({ kind: "dispatcher", of }, { id: "" });
  return `-I ${of} 1 -m comment --comment ${JUMP_COMMENT} -j ${dispatcher}`;
}

/** One rule as iptables-restore reads it. Tests stand in a fixed order, so that equal rules are equal texts. */
export function renderRule(
  rule: Rule,
  identity: Identity,
  family: Family,
  write: WriteSecret = () => undefined,
): string {
  const words = [
    "-A",
    chainName(rule.chain, identity),
    ...[...rule.tests].sort(byKind).flatMap((test) => testWords(test, identity, family, write)),
    ...moveWords(rule.move ?? {}, identity, family, write),
    ...(rule.comment === undefined ? [] : ["-m", "comment", "--comment", quote(rule.comment)]),
    ...verdictWords(rule.verdict, identity, family),
  ];
  return words.join(" ");
}

/** A rate is taken from only by what passes all other tests. */
const ORDER: readonly Test["kind"][] = [
  ...([
    "source",
    "interface",
    "loopback",
    "broadcast",
    "notIcmp",
    "attempt",
    "service",
    "openSocket",
    "firstPorts",
    "knock",
  ] as const),
  ...(["tokenShape", "tokenDigit", "token"] as const),
  ...(["until", "between", "flow", "in", "rate", "limit"] as const),
];

function byKind(a: Test, b: Test): number {
  return ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind);
}

function testWords(test: Test, identity: Identity, family: Family, write: WriteSecret): string[] {
  switch (test.kind) {
    case "source":
      return ["-s", test.network];
    case "interface":
      return ["-i", test.name];
    case "loopback":
      return ["-i", "lo"];
    case "broadcast":
      return ["-m", "pkttype", "!", "--pkt-type", "unicast"];
    case "notIcmp":
      return ["!", "-p", family === "ipv4" ? "icmp" : "ipv6-icmp"];
    case "attempt":
      return attemptWords(test.protocol, family);
    case "service":
      return ["-p", test.protocol, ...portWords(test)];
    case "firstPorts":
      return firstPortsWords(test, write(test));
    case "knock":
      return knockWords(test, family, write(test));
    case "tokenShape":
      return tokenShapeWords(test, family, write(test));
    case "tokenDigit":
      return tokenDigitWords(test.digit, family);
    case "token":
      return tokenWords(test, family, write(test));
    case "openSocket":
      return ["!", "--syn", "-m", "socket"];
    case "until":
      // The second that is named is included (iptables-extensions(8), time).
      return ["-m", "time", "--datestop", isoSeconds(Date.parse(test.time) / 1000 - 1)];
    case "between":
      return [
        ...["-m", "time", "--datestart", isoSeconds(Date.parse(test.from) / 1000)],
        ...["--datestop", isoSeconds(Date.parse(test.until) / 1000 - 1)],
      ];
    case "flow":
      return ["-m", "conntrack", "--ctstate", test.state === "new" ? "NEW" : "RELATED,ESTABLISHED"];
    case "in": {
      const hits = test.hits === undefined ? [] : ["--hitcount", String(test.hits)];
      return recent(test.refresh ? "--update" : "--rcheck", test.list, identity, family, [
        "--seconds",
        String(test.seconds),
        ...hits,
      ]);
    }
    case "rate":
      return rateWords(test, identity, family);
    case "limit":
      return limitWords(test.perMinute);
  }
}

/** The ports are sorted: one test of a range is cheaper than one of 15 ports. */
function firstPortsWords(
  { protocol, ports }: Extract<Test, { kind: "firstPorts" }>,
  shown: string | undefined,
): string[] {
  const range = [...new Set([...ports.slice(0, 1), ...ports.slice(-1)])].join(":");
  return [
    ...["-p", protocol, "-m", protocol, "--dport", shown ?? range],
    ...(protocol === "tcp" ? ["--syn"] : []),
    ...["-m", "multiport", "--dports", shown ?? ports.join()],
  ];
}

/** UTC, whatever the time zone of whoever loads it. */
function isoSeconds(time: number): string {
  return new Date(time * 1000).toISOString().slice(0, "2026-12-01T00:00:00".length);
}

function attemptWords(protocol: Step["protocol"], family: Family): string[] {
  switch (protocol) {
    case "tcp":
      return ["-p", "tcp", "-m", "tcp", "--syn"];
    case "udp":
      return ["-p", "udp"];
    case "icmp":
      return family === "ipv4"
        ? ["-p", "icmp", "-m", "icmp", "--icmp-type", "8"]
        : ["-p", "ipv6-icmp", "-m", "icmp6", "--icmpv6-type", "128"];
  }
}

function portWords({ protocol, ports, ...asked }: Extract<Test, { kind: "service" }>): string[] {
  const texts = ports.map(portText);
  if (asked.isOriginal) return ["-m", "conntrack", "--ctorigdstport", texts.join()];
  if (texts.length === 1) return ["-m", protocol, "--dport", texts.join()];
  const several = ["-m", "multiport", "--dports", texts.join()];
  return ["-m", protocol, ...(asked.isSpanned ? ["--dport", portText(span(ports))] : []), ...several];
}

function portText({ first, last }: PortRange): string {
  return first === last ? `${first}` : `${first}:${last}`;
}

/** `--remove` is true only for a source on the list, so a source moves on at most once, whatever other CPUs do. */
function moveWords(
  { from, to, also }: Move,
  identity: Identity,
  family: Family,
  write: WriteSecret,
): string[] {
  const name = from?.kind === "token" ? write(from) : undefined;
  return [
    ...(from ? recent("--remove", from, identity, family, [], name) : []),
    ...(to ? recent("--set", to, identity, family) : []),
    ...(also ? recent("--set", also, identity, family) : []),
  ];
}

function recent(
  verb: string,
  list: List,
  identity: Identity,
  family: Family,
  options: readonly string[] = [],
  name: string = listName(list, identity, family),
): string[] {
  const mask = maskWords(bitsOf(list, family), family);
  return ["-m", "recent", verb, ...options, "--name", name, ...mask, "--rsource"];
}

function verdictWords(verdict: Verdict, identity: Identity, family: Family): string[] {
  switch (verdict.kind) {
    case "return":
    case "accept":
    case "drop":
      return ["-j", verdict.kind.toUpperCase()];
    case "refuse":
      return ["-j", "REJECT", "--reject-with", refusal(verdict.protocol, family)];
    case "continue":
      return [];
    case "log":
      return ["-j", "LOG", "--log-prefix", `"${verdict.prefix}"`];
    case "jump":
    case "goto":
      return [verdict.kind === "jump" ? "-j" : "-g", chainName(verdict.chain, identity)];
  }
}

/** What the kernel answers for a closed port (RFC 9293, 3.10.7.1; RFC 1122, 4.1.3.1; RFC 4443, 3.1). */
export function refusal(protocol: "tcp" | "udp", family: Family): string {
  if (protocol === "tcp") return "tcp-reset";
  return family === "ipv4" ? "icmp-port-unreachable" : "icmp6-port-unreachable";
}

/** Identities hold nothing that would need escaping (names.ts); a space needs quotes. */
function quote(text: string): string {
  return text.includes(" ") ? `"${text}"` : text;
}
