import { ADDRESS_BITS, maskOf } from "../../policy/networks";
import type { PortRange } from "../../policy/ports";
import type { Family } from "../../policy/types";
import { rateName } from "../doorNames";
import { bitsOf } from "../families";
import type { Identity, List, Move, Rule, Test, Verdict } from "../ir";
import type { WriteSecret } from "../lines/syntax";
import { echoText, knockText, portText, tokenDigitText, tokenShapeText, tokenText } from "./knock";
import { chainName, listName, tableOf } from "./names";
import { inOrder } from "./order";
import { placeOf } from "./place";

/** What the rules of a door are written with. */
export interface RenderOptions {
  /** The bit of the connection mark that says that a door has let the connection in. */
  readonly mark: number;
}

/** How many sources a list holds, and how many may be under way to all doors of a host. */
export const SET_SIZE = 1_024;
export const KNOWN_SIZE = 4_096;

/**
 * One rule as a line that nft reads, in the form to which `normalForm` brings what nft lists. A way to a door's port is an
 * entry of a map, and no rule.
 */
export function renderRule(
  { mark }: RenderOptions,
  rule: Rule,
  identity: Identity,
  family: Family,
  write: WriteSecret = () => undefined,
): string {
  const place = placeOf(rule, identity);
  if (place.kind === "element")
    return `add element ${tableOf(family)} ${place.map} { ${place.key} : goto ${chainName({ kind: "door" }, identity)} }`;
  const { move = {}, verdict, comment } = rule;
  const taken =
    move.from?.kind === "token" ? (write(move.from) ?? listName(move.from, identity, family)) : undefined;
  const words = [
    ...inOrder(rule.tests).map((test) => testText(test, identity, family, write)),
    ...(taken === undefined ? [] : [`quota name "${taken}"`]),
    ...moveTexts(rule, identity, family),
    ...verdictTexts(rule, verdict, mark, identity),
    ...(comment === undefined ? [] : [`comment "${comment}"`]),
  ];
  return [`add rule ${tableOf(family)} ${place.chain}`, ...words].join(" ");
}

function testText(test: Test, identity: Identity, family: Family, write: WriteSecret): string {
  switch (test.kind) {
    case "source":
      return `${ip(family)} saddr ${test.network.replace(`/${ADDRESS_BITS[family]}`, "")}`;
    case "interface":
      return `iifname "${test.name.replace(/\+$/, "*")}"`;
    case "loopback":
      return 'iifname "lo"';
    case "broadcast":
      return "meta pkttype != host";
    case "notIcmp":
      return `meta l4proto != ${family === "ipv4" ? "icmp" : "ipv6-icmp"}`;
    case "attempt":
      return attemptText(test.protocol, family);
    case "service":
      return portText(test.protocol, portsText(test.ports), test.isOriginal);
    case "openSocket":
      return "tcp flags & (fin|syn|rst|ack) != syn socket wildcard 0";
    case "firstPorts":
      return portText(test.protocol, write(test) ?? portsText(test.ports.map(only)), undefined);
    case "knock":
      return knockText(test, family, write(test));
    case "tokenShape":
      return tokenShapeText(test, write(test));
    case "tokenDigit":
      return tokenDigitText(test.digit);
    case "token":
      return tokenText(test, family, write(test));
    case "until":
      return `meta time < ${seconds(test.time)}`;
    case "between":
      return `meta time >= ${seconds(test.from)} meta time < ${seconds(test.until)}`;
    case "flow":
      return `ct state ${test.state === "new" ? "new" : "established,related"}`;
    case "in":
      return `${sourceText(test.list, family)} @${listName(test.list, identity, family)}`;
    case "rate": {
      const { connectionsPerMinute, burst } = test;
      // An entry must live until its burst has grown again: one that is made anew has all of it.
      const lives = Math.max(1, Math.ceil((burst * 60) / connectionsPerMinute));
      const source = masked(family, test.prefix?.[family]);
      return `update @${rateName(test, identity, family)} { ${source} timeout ${lives}s limit rate ${connectionsPerMinute}/minute burst ${burst} packets }`;
    }
    case "limit":
      return `limit rate ${test.perMinute}/minute burst 5 packets`;
  }
}

function only(port: number): PortRange {
  return { first: port, last: port };
}

function attemptText(protocol: Extract<Test, { kind: "attempt" }>["protocol"], family: Family): string {
  switch (protocol) {
    case "tcp":
      return "tcp flags & (fin|syn|rst|ack) == syn";
    case "udp":
      return "meta l4proto udp";
    case "icmp":
      return echoText(family);
  }
}

export function portsText(ranges: readonly PortRange[]): string {
  const texts = ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
  return texts.length === 1 ? texts.join() : `{ ${texts.join(", ")} }`;
}

/** `update` first: where a set is full it ends the rule, and the source stays where it is. */
function moveTexts({ move, verdict }: Rule, identity: Identity, family: Family): string[] {
  const { from, to, also, seconds: lives = 1 }: Move = move ?? {};
  const named = (list: List) => `@${listName(list, identity, family)}`;
  const entry = (list: List) => `{ ${sourceText(list, family)} timeout ${lives}s }`;
  return [
    ...(to?.kind === "wrong" ? [`${sourceText(to, family)} != ${named(to)}`] : []),
    ...(to ? [`update ${named(to)} ${entry(to)}`] : []),
    // A first knock leaves a longer time of another door as it is; the rules that hear it are in the order of their times.
    ...(also ? [`${verdict.kind === "continue" ? "add" : "update"} ${named(also)} ${entry(also)}`] : []),
    ...(from && from.kind !== "token" ? [`delete ${named(from)} { ${sourceText(from, family)} }`] : []),
  ];
}

function sourceText(list: List, family: Family): string {
  return masked(family, bitsOf(list, family));
}

function masked(family: Family, bits: number | undefined): string {
  return `${ip(family)} saddr${bits === undefined ? "" : ` & ${maskOf(bits, family)}`}`;
}

function ip(family: Family): string {
  return family === "ipv4" ? "ip" : "ip6";
}

function seconds(time: string): number {
  return Date.parse(time) / 1000;
}

/** Closed ports are counted, for `portknock status`: nft counts only where it is told to. */
function verdictTexts(rule: Rule, verdict: Verdict, mark: number, identity: Identity): string[] {
  switch (verdict.kind) {
    case "accept":
      return [`ct mark set ct mark | ${markText(mark)} accept`];
    case "return":
      return [isOpening(rule) ? "accept" : "return"];
    case "drop":
      return ["counter drop"];
    case "refuse":
      return [verdict.protocol === "tcp" ? "counter reject with tcp reset" : "counter reject"];
    case "continue":
      return [];
    case "log":
      return [`log prefix "${verdict.prefix}"`];
    case "jump":
    case "goto":
      return [`${verdict.kind} ${chainName(verdict.chain, identity)}`];
  }
}

export function markText(mark: number): string {
  return `0x${mark.toString(16).padStart(8, "0")}`;
}

/**
 * A connection that the door leaves to the host's own rules. These stand in chains of their own, so it is accepted here:
 * otherwise other doors would hear it as a knock.
 */
export function isOpening({ chain, tests }: Pick<Rule, "chain" | "tests">): boolean {
  const isOpen = (test: Test) => test.kind === "openSocket" || (test.kind === "flow" && test.state === "new");
  return (chain.kind === "door" || chain.kind === "allowed") && tests.some(isOpen);
}
