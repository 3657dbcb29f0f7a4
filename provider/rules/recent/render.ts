import { payloadOf } from "../../policy/payload";
import type { PortRange } from "../../policy/ports";
import type { Family, Step } from "../../policy/types";
import type { Identity, Move, Rule, Ruleset, Test, Verdict } from "../ir";
import { chainName, JUMP_COMMENT, listName } from "../names";
import { payloadTest, pingTest } from "./u32";

/** How a knock is written into a rule: as it is, or (for people) by its place in the sequence. */
export type WriteKnock = (step: Step) => string | undefined;

/**
 * The document for `iptables-restore --noflush` (ip6tables-restore for IPv6) that puts the door on a host without
 * any: the dispatcher, the door's chains, and the jump from INPUT. One transaction (iptables-restore(8)).
 */
export function renderDocument(ruleset: Ruleset, family: Family): string {
  const chains = new Set(ruleset.rules.map((rule) => chainName(rule.chain, ruleset.identity)));
  return [
    "*filter",
    ...[...chains].map((chain) => `:${chain} - [0:0]`),
    ...ruleset.rules.map((rule) => renderRule(rule, ruleset.identity, family)),
    JUMP,
    "COMMIT",
    "",
  ].join("\n");
}

/** The jump from INPUT to the dispatcher. */
export const JUMP = `-I INPUT 1 -m comment --comment ${JUMP_COMMENT} -j ${chainName({ kind: "dispatcher" }, { id: "" })}`;

/** One rule as iptables-restore reads it. Tests stand in a fixed order, so that equal rules are equal texts. */
export function renderRule(
  rule: Rule,
  identity: Identity,
  family: Family,
  writeKnock: WriteKnock = () => undefined,
): string {
  const words = [
    "-A",
    chainName(rule.chain, identity),
    ...[...rule.tests].sort(byKind).flatMap((test) => testWords(test, identity, family, writeKnock)),
    ...moveWords(rule.move ?? {}, identity, family),
    ...(rule.comment === undefined ? [] : ["-m", "comment", "--comment", quote(rule.comment)]),
    ...verdictWords(rule.verdict, identity),
  ];
  return words.join(" ");
}

const ORDER: readonly Test["kind"][] = ["notIcmp", "attempt", "service", "openSocket", "knock", "flow", "in"];

function byKind(a: Test, b: Test): number {
  return ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind);
}

function testWords(test: Test, identity: Identity, family: Family, writeKnock: WriteKnock): string[] {
  switch (test.kind) {
    case "notIcmp":
      return ["!", "-p", icmp(family)];
    case "attempt":
      return attemptWords(test.protocol, family);
    case "service":
      return ["-p", test.protocol, ...portWords(test.protocol, test.ports)];
    case "knock":
      return knockWords(test.step, family, writeKnock(test.step));
    case "openSocket":
      return ["!", "--syn", "-m", "socket"];
    case "flow":
      return ["-m", "conntrack", "--ctstate", test.state === "new" ? "NEW" : "RELATED,ESTABLISHED"];
    case "in":
      return recent("--rcheck", listName(test.list, identity, family), ["--seconds", String(test.seconds)]);
  }
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

function portWords(protocol: "tcp" | "udp", ports: readonly PortRange[]): string[] {
  const texts = ports.map(({ first, last }) => (first === last ? `${first}` : `${first}:${last}`));
  return texts.length === 1
    ? ["-m", protocol, "--dport", texts.join()]
    : ["-m", protocol, "-m", "multiport", "--dports", texts.join(",")];
}

/**
 * A ping is told by its size. IPv4: `-m length` is the whole packet, 20 + 8 + payload bytes. IPv6: `-m length` counts
 * the 40 bytes of the header from kernel 6.3 on and not before, so the header's own payload length is read instead.
 */
function knockWords(step: Step, family: Family, shown: string | undefined): string[] {
  if (step.protocol !== "icmp") {
    const port = ["-p", step.protocol, "-m", step.protocol, "--dport", shown ?? String(step.port)];
    const isAny = step.protocol === "tcp" || step.payload === undefined;
    return isAny ? port : [...port, ...u32(shown ?? `"${payloadTest(payloadOf(step), family)}"`)];
  }
  return family === "ipv4"
    ? ["-p", "icmp", "-m", "length", "--length", shown ?? String(28 + step.payloadBytes)]
    : ["-p", "ipv6-icmp", ...u32(shown ?? `"${pingTest(step.payloadBytes)}"`)];
}

function u32(test: string): string[] {
  return ["-m", "u32", "--u32", test];
}

/** `--remove` is true only for a source on the list, so a source moves on at most once, whatever other CPUs do. */
function moveWords({ from, to }: Move, identity: Identity, family: Family): string[] {
  return [
    ...(from ? recent("--remove", listName(from, identity, family)) : []),
    ...(to ? recent("--set", listName(to, identity, family)) : []),
  ];
}

function recent(verb: string, name: string, options: readonly string[] = []): string[] {
  return ["-m", "recent", verb, ...options, "--name", name, "--rsource"];
}

function verdictWords(verdict: Verdict, identity: Identity): string[] {
  switch (verdict.kind) {
    case "return":
    case "accept":
    case "drop":
      return ["-j", verdict.kind.toUpperCase()];
    case "jump":
    case "goto":
      return [verdict.kind === "jump" ? "-j" : "-g", chainName(verdict.chain, identity)];
  }
}

function icmp(family: Family): string {
  return family === "ipv4" ? "icmp" : "ipv6-icmp";
}

/** Identities hold nothing that would need escaping (names.ts); a space needs quotes. */
function quote(text: string): string {
  return text.includes(" ") ? `"${text}"` : text;
}
