import type { PortRange } from "../policy/ports";
import type { Step } from "../policy/types";
import type { Chain, List, Move, Rule, Test, Verdict } from "./ir";

/** How a knock is called in a sentence: by what it is, or (for people who must not know) by its place. */
export type NameKnock = (step: Step) => string;

/** A rule in words: what it is about, and what happens to that. */
export function describeRule({ chain, tests, move, verdict }: Rule, nameKnock: NameKnock): string {
  const about = tests.map((test) => describeTest(test, nameKnock));
  const happens = [
    ...(move ? [describeMove(move)] : []),
    ...(move && verdict.kind === "return" ? [] : [describeVerdict(verdict, chain)]),
  ];
  return `${about.length === 0 ? "anything else" : about.join(", ")}: ${happens.join("; ")}`;
}

/** What a chain is for, as a heading over its rules. */
export function describeChain(chain: Chain): string {
  switch (chain.kind) {
    case "dispatcher":
      return "All packets to the host come here first; all doors share this chain";
    case "door":
      return "The door";
    case "attempt":
      return "What may be a knock, right or wrong";
    case "stage":
      return `Sources that have knocked ${chain.stage === 1 ? "once" : `${chain.stage} times`}`;
  }
}

export function describeStep(step: Step): string {
  switch (step.protocol) {
    case "tcp":
      return `a TCP SYN to port ${step.port}`;
    case "udp":
      return `a UDP datagram to port ${step.port}${step.payload === undefined ? "" : ` that carries ${step.payload}`}`;
    case "icmp":
      return `a ping with ${step.payloadBytes} bytes`;
  }
}

/** Ports of a protocol, such as `TCP ports 80, 8000 to 8010`. */
export function describePorts(protocol: "tcp" | "udp", ports: readonly PortRange[]): string {
  const texts = ports.map(({ first, last }) => (first === last ? String(first) : `${first} to ${last}`));
  const isOne = ports.length === 1 && ports[0]?.first === ports[0]?.last;
  return `${protocol.toUpperCase()} port${isOne ? "" : "s"} ${texts.join(", ")}`;
}

function describeTest(test: Test, nameKnock: NameKnock): string {
  switch (test.kind) {
    case "knock":
      return nameKnock(test.step);
    case "service":
      return `to ${describePorts(test.protocol, test.ports)}`;
    case "attempt":
      return { tcp: "any TCP SYN", udp: "any UDP datagram", icmp: "any ping" }[test.protocol];
    case "notIcmp":
      return "not ICMP";
    case "flow":
      return test.state === "new" ? "a new connection" : "of a connection that is open";
    case "openSocket":
      return "no SYN, and a socket here has the connection open";
    case "in":
      return `from a source that ${describeList(test.list)} up to ${test.seconds} s ago`;
  }
}

function describeList(list: List): string {
  return list.kind === "grant" ? "was granted" : `came to stage ${list.stage}`;
}

function describeMove({ from, to }: Move): string {
  if (to === undefined) return "the source begins anew";
  if (to.kind === "grant") return "the source is granted";
  return from?.kind === "stage" && to.stage <= from.stage
    ? `the source goes back to stage ${to.stage}`
    : `the source comes to stage ${to.stage}`;
}

function describeVerdict(verdict: Verdict, chain: Chain): string {
  switch (verdict.kind) {
    case "accept":
      return "let in";
    case "drop":
      return "dropped";
    case "return":
      return chain.kind === "stage" ? "changes nothing" : "no knock; left to the host's own rules";
    case "jump":
    case "goto":
      return verdict.chain.kind === "attempt"
        ? "looked at as a knock"
        : `goes on in the chain of ${verdict.chain.kind === "stage" ? `stage ${verdict.chain.stage}` : "the door"}`;
  }
}
