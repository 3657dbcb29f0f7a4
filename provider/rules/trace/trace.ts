import { isIP } from "node:net";
import type { Family } from "../../policy/types";
import { hostChains } from "../dispatcher";
import { rulesIn } from "../families";
import type { Chain, Rule, Ruleset, Test } from "../ir";
import { emptyLists, enter, hasEntered, type ListContents, move } from "./memory";
import type { Packet } from "./packets";
import { matches } from "./tests";

/**
 * What a ruleset does with packets, one after the other. It reads the rules as the kernel does and knows nothing of
 * the automaton that they were made from, so it is a second opinion: tests hold trace, automaton and kernel together.
 */

/** How far a source has come: steps matched (0: none); whether it may open connections; whether it is locked out. */
export interface SourcePosition {
  readonly stage: number;
  readonly isGranted: boolean;
  readonly isDeaf: boolean;
}

/** What became of a packet. */
export interface Traced extends Packet {
  readonly before: SourcePosition;
  readonly after: SourcePosition;
  /** The rules that matched, in order. */
  readonly path: readonly Rule[];
  /**
   * The last of them that moves the source, or else the last that does more than to name another chain; undefined where none
   * concerns the packet.
   */
  readonly decidedBy: Rule | undefined;
  /** `pass`: left to the host's own rules, as if the door were not there. `reset`: refused as by a closed port. */
  readonly verdict: "accept" | "drop" | "reset" | "pass";
}

/**
 * Sends packets through the rules of one door, into empty lists. Times must not go back; they begin at `startSeconds`, and
 * unless that is told, so early that a previous sequence is accepted.
 */
export function trace(ruleset: Ruleset, packets: readonly Packet[], startSeconds = 0): Traced[] {
  const memory = emptyLists(startSeconds, ruleset.lists);
  const [own = "INPUT"] = hostChains(ruleset);
  const [only = "ipv4"] = ruleset.families;
  const tables = { ipv4: tableOf(ruleset, "ipv4"), ipv6: tableOf(ruleset, "ipv6") };
  return packets.map((sent) => {
    const table = tables[familyOf(sent) ?? only];
    const before = standing(table, memory, sent);
    const path: Rule[] = [];
    const start: Chain = { kind: "dispatcher", of: sent.by ?? own };
    const verdict = walk(table, start, sent, memory, path) ?? "pass";
    const ends = path.filter(({ verdict: { kind } }) => !["jump", "goto", "log", "continue"].includes(kind));
    // A door may be asked twice, and then changes nothing the second time.
    const decidedBy = ends.findLast((rule) => rule.move !== undefined) ?? ends.at(-1);
    return { ...sent, before, after: standing(table, memory, sent), path, decidedBy, verdict };
  });
}

/** The rules of a family, by chain, and the lists that they ask about. */
interface Table {
  readonly chains: ReadonlyMap<string, readonly Rule[]>;
  readonly asked: readonly Extract<Test, { kind: "in" }>[];
}

function tableOf(ruleset: Ruleset, family: Family): Table {
  const rules = rulesIn(ruleset, family);
  const chains = new Map<string, Rule[]>();
  for (const rule of rules) chains.set(keyOf(rule.chain), [...(chains.get(keyOf(rule.chain)) ?? []), rule]);
  const asked = rules.flatMap(({ tests }) => tests.filter((test) => test.kind === "in"));
  return { chains, asked: [...new Map(asked.map((test) => [JSON.stringify(test), test])).values()] };
}

function keyOf(chain: Chain): string {
  return JSON.stringify(chain);
}

/** Undefined where the packet goes on in the chain that jumped here. */
function walk(
  table: Table,
  chain: Chain,
  sent: Packet,
  memory: ListContents,
  path: Rule[],
): "accept" | "drop" | "reset" | undefined {
  for (const rule of table.chains.get(keyOf(chain)) ?? []) {
    if (!matches(rule, sent, memory)) continue;
    path.push(rule);
    for (const test of rule.tests) if (test.kind === "in" && test.refresh) enter(test.list, sent, memory);
    move(rule, sent, memory);
    switch (rule.verdict.kind) {
      case "accept":
      case "drop":
        return rule.verdict.kind;
      case "refuse":
        return "reset";
      case "return":
        return undefined;
      case "log":
      case "continue":
        continue;
      case "goto":
        return walk(table, rule.verdict.chain, sent, memory, path);
      case "jump": {
        const verdict = walk(table, rule.verdict.chain, sent, memory, path);
        if (verdict !== undefined) return verdict;
      }
    }
  }
  return undefined;
}

/** The highest stage, and the other lists, that some rule would still find the source on. */
function standing({ asked }: Table, memory: ListContents, sent: Packet): SourcePosition {
  const held = asked.filter(({ list, seconds }) => hasEntered(list, seconds, 1, sent, memory));
  const stages = held.map(({ list }) => (list.kind === "stage" ? list.stage : 0));
  return {
    stage: Math.max(0, ...stages),
    isGranted: held.some(({ list }) => list.kind === "grant"),
    isDeaf: held.some(({ list }) => list.kind === "deaf"),
  };
}

function familyOf({ from = "" }: Packet): Family | undefined {
  const version = isIP(from);
  return version === 4 ? "ipv4" : version === 6 ? "ipv6" : undefined;
}
