import type { Identity, Rule, Test } from "../ir";
import { chainName, firstName, gateName, hookOf } from "./names";

/** Where a rule stands: in a chain, or as an entry of a map of ports. */
export type Place =
  | { readonly kind: "rule"; readonly chain: string }
  | { readonly kind: "element"; readonly map: string; readonly key: number };

/** Dispatchers are several chains, so that packets which none of their rules is about ask few of them. */
export function placeOf(rule: Rule, identity: Pick<Identity, "id">): Place {
  const { chain, tests } = rule;
  if (chain.kind !== "dispatcher") return { kind: "rule", chain: chainName(chain, identity) };
  const hook = hookOf(chain.of);
  const inChain = (name: string): Place => ({ kind: "rule", chain: name });
  if (tests.some(({ kind }) => kind === "flow")) return inChain(hook);
  if (tests.some(({ kind }) => kind === "in")) return inChain(`${hook}-every`);
  const key = keyOf(rule);
  if (key === undefined)
    return inChain(rule.verdict.kind === "jump" && !asksPacket(tests) ? `${hook}-always` : `${hook}-more`);
  switch (key.of) {
    case "ping":
      return inChain("input-pings");
    case "first":
      return inChain(firstName(identity));
    case "door":
      return key.isAnywhere ? { kind: "element", map: key.map, key: key.port } : inChain(gateName(identity));
  }
}

/** What a look-up finds a rule by; undefined where each packet has to ask it. */
export type Key =
  | { readonly of: "door"; readonly map: string; readonly port: number; readonly isAnywhere: boolean }
  | { readonly of: "first"; readonly map: string; readonly port: number }
  | { readonly of: "ping" };

export function keyOf({ chain, tests }: Rule): Key | undefined {
  if (chain.kind !== "dispatcher" || chain.of !== "INPUT") return undefined;
  for (const test of tests) {
    if (test.kind === "knock" && test.step.protocol === "icmp") return { of: "ping" };
    if ("isOriginal" in test && test.isOriginal) return undefined;
    if (test.kind === "knock" && test.step.protocol !== "icmp")
      return { of: "first", map: `input-${test.step.protocol}-first`, port: test.step.port };
    if (test.kind === "tokenShape") return { of: "first", map: "input-udp-first", port: test.port };
    const [range, ...more] = test.kind === "service" ? test.ports : [];
    if (test.kind === "service" && range && more.length === 0 && range.first === range.last) {
      const isAnywhere = !tests.some(({ kind }) => kind === "interface");
      return { of: "door", map: `input-${test.protocol}`, port: range.first, isAnywhere };
    }
  }
  return undefined;
}

function asksPacket(tests: readonly Test[]): boolean {
  return tests.some(({ kind }) => ["service", "knock", "tokenShape"].includes(kind));
}
