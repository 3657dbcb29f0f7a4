import { isDeepStrictEqual } from "node:util";
import { includesPort } from "../policy/ports";
import type { Step } from "../policy/types";
import type { Chain, List, Rule, Ruleset, Test } from "./ir";

/**
 * What a ruleset does with packets, one after the other. It reads the rules as the kernel does and knows nothing of
 * the automaton that they were made from, so it is a second opinion: tests hold trace, automaton and kernel together.
 */

/** What a source sends, and when. */
export interface Packet {
  readonly packet: Step;
  /** Seconds on any one clock. */
  readonly atSeconds: number;
  /** The source. Default: one and the same. */
  readonly from?: string;
  /**
   * What connection tracking says. Default "new": the first packet of a flow, for TCP a SYN. "established" belongs to a
   * flow that went on, "invalid" to none, such as a SYN with FIN.
   */
  readonly flow?: "new" | "established" | "invalid";
}

/** How far a source has come: steps matched (0: none), and whether it may open connections. */
export interface Standing {
  readonly stage: number;
  readonly isGranted: boolean;
}

/** What became of a packet. */
export interface Traced extends Packet {
  readonly before: Standing;
  readonly after: Standing;
  /** The rules that matched, in order. */
  readonly path: readonly Rule[];
  /** The last of them that does more than to name another chain; undefined where none concerns the packet. */
  readonly decidedBy: Rule | undefined;
  /** `pass`: left to the host's own rules, as if the door were not there. */
  readonly verdict: "accept" | "drop" | "pass";
}

/** Sends packets through the rules of one door, into empty lists. Times must not go back. */
export function trace(ruleset: Ruleset, packets: readonly Packet[]): Traced[] {
  const memory: Memory = new Map();
  return packets.map((sent) => {
    const before = standing(ruleset, memory, sent);
    const path: Rule[] = [];
    const verdict = walk(ruleset, { kind: "dispatcher" }, sent, memory, path) ?? "pass";
    const decidedBy = path.findLast(({ verdict: { kind } }) => kind !== "jump" && kind !== "goto");
    return { ...sent, before, after: standing(ruleset, memory, sent), path, decidedBy, verdict };
  });
}

/** When each source entered each list, in seconds. */
type Memory = Map<string, Map<string, number>>;

/** Undefined where the packet goes on in the chain that jumped here. */
function walk(
  ruleset: Ruleset,
  chain: Chain,
  sent: Packet,
  memory: Memory,
  path: Rule[],
): "accept" | "drop" | undefined {
  for (const rule of ruleset.rules) {
    if (!isDeepStrictEqual(rule.chain, chain) || !matches(rule, sent, memory)) continue;
    path.push(rule);
    move(rule, sent, memory);
    switch (rule.verdict.kind) {
      case "accept":
      case "drop":
        return rule.verdict.kind;
      case "return":
        return undefined;
      case "goto":
        return walk(ruleset, rule.verdict.chain, sent, memory, path);
      case "jump": {
        const verdict = walk(ruleset, rule.verdict.chain, sent, memory, path);
        if (verdict !== undefined) return verdict;
      }
    }
  }
  return undefined;
}

/** A rule that takes the source off a list is for a source on that list only, however long it has been there. */
function matches({ tests, move }: Rule, sent: Packet, memory: Memory): boolean {
  const isThere = move?.from === undefined || enteredAt(move.from, sent, memory) !== undefined;
  return isThere && tests.every((test) => passes(test, sent, memory));
}

function passes(test: Test, sent: Packet, memory: Memory): boolean {
  const { packet, flow = "new" } = sent;
  switch (test.kind) {
    case "knock":
      return isDeepStrictEqual(test.step, packet) || isAnyDatagram(test.step, packet);
    case "service":
      return (
        packet.protocol !== "icmp" &&
        packet.protocol === test.protocol &&
        includesPort(test.ports, packet.port)
      );
    case "attempt":
      return packet.protocol === test.protocol && (packet.protocol !== "tcp" || flow === "new");
    case "notIcmp":
      return packet.protocol !== "icmp";
    case "flow":
      return flow === test.state;
    case "openSocket":
      // A connection older than connection tracking; what is sent here began under its eyes.
      return false;
    case "in":
      return isIn(test.list, test.seconds, sent, memory);
  }
}

/** A knock without a payload is every datagram to its port. */
function isAnyDatagram(step: Step, packet: Step): boolean {
  const isDatagram = step.protocol === "udp" && packet.protocol === "udp";
  return isDatagram && step.payload === undefined && step.port === packet.port;
}

function move({ move: moved }: Rule, { from = "", atSeconds }: Packet, memory: Memory): void {
  if (moved?.from) memory.get(from)?.delete(keyOf(moved.from));
  if (moved?.to)
    memory.set(from, new Map([...(memory.get(from) ?? []), [keyOf(moved.to), atSeconds] as const]));
}

/** The highest stage, and the grant, that some rule would still find the source at. */
function standing({ rules, lists }: Ruleset, memory: Memory, sent: Packet): Standing {
  const asked = rules.flatMap(({ tests }) => tests.filter((test) => test.kind === "in"));
  const held = lists.filter((list) =>
    asked.some((test) => isDeepStrictEqual(test.list, list) && passes(test, sent, memory)),
  );
  const stages = held.map((list) => (list.kind === "stage" ? list.stage : 0));
  return { stage: Math.max(0, ...stages), isGranted: held.some(({ kind }) => kind === "grant") };
}

function isIn(list: List, seconds: number, sent: Packet, memory: Memory): boolean {
  const entered = enteredAt(list, sent, memory);
  return entered !== undefined && sent.atSeconds - entered <= seconds;
}

function enteredAt(list: List, { from = "" }: Packet, memory: Memory): number | undefined {
  return memory.get(from)?.get(keyOf(list));
}

function keyOf(list: List): string {
  return JSON.stringify(list);
}
