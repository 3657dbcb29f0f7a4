import type { PortRange } from "../policy/ports";
import type { Step } from "../policy/types";
import type { Chain, List, Move, Rule, Test, Verdict } from "./ir";

/** How a knock is called in a sentence: by what it is, or (for people who must not know) by its place. */
export type NameKnock = (step: Step) => string;

/** A rule in words: what it is about, and what happens to that. */
export function describeRule({ chain, tests, move, verdict }: Rule, nameKnock: NameKnock): string {
  const about = tests.map((test) => describeTest(test, nameKnock));
  const happens = [
    ...(move ? [describeMove(move, chain)] : []),
    ...(move && verdict.kind === "return" && chain.kind !== "door" ? [] : [describeVerdict(verdict, chain)]),
  ];
  return `${about.length === 0 ? "anything else" : about.join(", ")}: ${happens.join("; ")}`;
}

/** What a chain is for, as a heading over its rules. */
export function describeChain(chain: Chain): string {
  switch (chain.kind) {
    case "dispatcher":
      return `All packets of ${chain.of} come here first; all doors in it share this chain`;
    case "every":
      return "Sources past a second knock: each door of the host is asked";
    case "underWay":
      return "Sources that have sent a first knock: the doors are asked that heard it";
    case "own":
      return "What the host sends to itself: the doors are asked that listen to it";
    case "firsts":
      return "First knocks: each door of which a packet is one is asked";
    case "part":
      return "A part of that chain";
    case "door":
      return "The door";
    case "attempt":
      return "What may be a knock, right or wrong";
    case "allowed":
      return "Sources that need no knock";
    case "denied":
      return "Sources that no knock helps";
    case "knocks":
      return "What is sent to the host itself, and may be a knock";
    case "tokens":
      return "What has the shape of a token, by its first digit";
    case "tokenRange":
      return `Tokens that begin with ${chain.digit}`;
    case "wrong":
      return "Wrong knocks, each counted";
    case "calendar":
      return "Which day it is, in UTC";
    case "day":
      return `Which window of ${chain.date} it is`;
    case "window":
      return `The sequence of the window from ${chain.time} on`;
    case "heard":
      return chain.knock === 0 ? "What is none of the window's knocks" : `Knock ${chain.knock} of the window`;
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
    case "firstPorts":
      return `any ${test.protocol === "tcp" ? "TCP SYN" : "UDP datagram"} to a port at which a sequence begins`;
    case "tokenShape":
      return "a datagram to the tokens' port, and as long as a token";
    case "tokenDigit":
      return `begins with ${test.digit}`;
    case "token":
      return "a token that nobody has used";
    case "service":
      return `to ${describePorts(test.protocol, test.ports)}`;
    case "attempt":
      return { tcp: "any TCP SYN", udp: "any UDP datagram", icmp: "any ping" }[test.protocol];
    case "notIcmp":
      return "not ICMP";
    case "until":
      return `until ${test.time}`;
    case "between":
      return `from ${test.from} until ${test.until}`;
    case "flow":
      return test.state === "new" ? "a new connection" : "of a connection that is open";
    case "openSocket":
      return "no SYN, and a socket here has the connection open";
    case "in":
      return `from a source that ${describeList(test.list)}${describeTimes(test)}`;
    case "source":
      return `from ${test.network}`;
    case "interface":
      return `by the interface ${test.name}`;
    case "loopback":
      return "from the host itself";
    case "broadcast":
      return "sent to more hosts than this one";
    case "rate":
      return `within ${test.connectionsPerMinute} a minute of that source, ${test.burst} at once`;
    case "limit":
      return `no more than ${test.perMinute} a minute`;
  }
}

function describeTimes({ seconds, hits = 1 }: Extract<Test, { kind: "in" }>): string {
  if (seconds === undefined) return hits === 1 ? "" : ` ${hits} times`;
  return hits === 1 ? ` up to ${seconds} s ago` : ` ${hits} times in the last ${seconds} s`;
}

function describeList(list: List): string {
  switch (list.kind) {
    case "known":
      return "sent a first knock to some door";
    case "advanced":
      return "came past a second knock";
    case "underWay":
      return "sent this door's first knock";
    case "grant":
      return "was granted";
    case "wrong":
      return "knocked wrong";
    case "deaf":
      return "was locked out";
    case "token":
      return "may use a token";
    case "stage":
      return `came to stage ${list.stage}`;
  }
}

function describeMove({ from, to }: Move, chain: Chain): string {
  switch (to?.kind) {
    case undefined:
      return from?.kind === "grant" ? "its grant is used up" : "the source begins anew";
    case "token":
      return "the token may be used";
    case "known":
    case "advanced":
    case "underWay":
      return "the source is remembered";
    case "grant":
      if (from?.kind === "token") return "the token is used up, and the source is granted";
      return chain.kind === "door" ? "its grant begins anew" : "the source is granted";
    case "wrong":
      return "one wrong knock more";
    case "deaf":
      return "the source is locked out";
    case "stage":
      return from?.kind === "stage" && to.stage <= from.stage
        ? `the source goes back to stage ${to.stage}`
        : `the source comes to stage ${to.stage}`;
  }
}

function describeVerdict(verdict: Verdict, chain: Chain): string {
  switch (verdict.kind) {
    case "accept":
      return "let in";
    case "drop":
      return "dropped";
    case "refuse":
      return "refused, as by a closed port";
    case "log":
      return "a line in the kernel's log";
    case "continue":
      return "goes on";
    case "return":
      return chain.kind === "stage" || chain.kind === "heard"
        ? "changes nothing"
        : "left to the host's own rules";
    case "jump":
    case "goto":
      return describeTarget(verdict.chain);
  }
}

function describeTarget(chain: Chain): string {
  switch (chain.kind) {
    case "attempt":
      return "looked at as a knock";
    case "tokens":
    case "tokenRange":
      return "looked at as a token";
    case "wrong":
      return "counted as a wrong knock";
    case "allowed":
      return "needs no knock";
    case "denied":
      return "no knock helps";
    case "stage":
      return `goes on in the chain of stage ${chain.stage}`;
    case "calendar":
      return "looked at as a knock of the window that is open";
    case "day":
      return `goes on with the windows of ${chain.date}`;
    case "window":
      return `looked at as a knock of the window from ${chain.time} on`;
    case "heard":
      return chain.knock === 0 ? "a wrong knock" : `taken for knock ${chain.knock}`;
    case "door":
    case "knocks":
      return "goes on in the door's chain";
    case "every":
      return "each door is asked";
    case "underWay":
      return "the doors are asked that heard its first knock";
    case "own":
      return "the doors are asked that listen to the host itself";
    case "firsts":
      return "looked at as a first knock";
    case "dispatcher":
    case "part":
      return "goes on in a part of this chain";
  }
}
