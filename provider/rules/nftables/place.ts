import type { Identity, Rule, Test } from "../ir";
import { leadsToOwn } from "./dispatch";
import { chainName, firstName, gateName, type Hook, hookOf } from "./names";

type Id = Pick<Identity, "id">;

/** Where a rule stands: in a chain, or as an entry of a map of ports. */
export type Place =
  | { readonly kind: "rule"; readonly chain: string }
  | { readonly kind: "element"; readonly map: string; readonly key: number };

/** A rule of every door that stands on the host once. */
export function isOfAllDoors(rule: Rule): boolean {
  return (
    rule.chain.kind === "dispatcher" && (rule.tests.some(({ kind }) => kind === "flow") || leadsToOwn(rule))
  );
}

/** Dispatchers are several chains, so that packets which none of their rules is about ask few of them. */
export function placeOf(rule: Rule, identity: Id): Place {
  const { chain, tests } = rule;
  if (chain.kind !== "dispatcher") return { kind: "rule", chain: chainName(chain, identity) };
  const hook = hookOf(chain.of);
  const inChain = (name: string): Place => ({ kind: "rule", chain: name });
  if (isOfAllDoors(rule)) return inChain(hook);
  if (tests.some(({ kind }) => kind === "in")) return inChain(`${hook}-every`);
  if (firstTest(tests)) return inChain(firstName(identity, hook));
  const [service] = tests.filter((test) => test.kind === "service");
  if (service === undefined) return inChain(`${hook}-always`);
  const [range, ...more] = service.ports;
  const isPort =
    range !== undefined && more.length === 0 && range.first === range.last && !service.isOriginal;
  if (!isPort || hook !== "input") return inChain(`${hook}-more`);
  if (tests.length > 1) return inChain(gateName(identity));
  return { kind: "element", map: `input-${service.protocol}`, key: range.first };
}

/**
 * How packets come to a rule in a chain of the door that dispatchers do not ask: by an entry in a map of ports; or by a rule in
 * a shared chain, where there is no such map.
 */
export type Entry =
  | {
      readonly kind: "element";
      readonly map: string;
      readonly port: number;
      /** Of a first knock, whose port is secret. */
      readonly test?: FirstTest;
      readonly chain: string;
    }
  | { readonly kind: "rule"; readonly from: string; readonly test: FirstTest; readonly chain: string };

export function entryOf({ chain, tests }: Rule, identity: Id): Entry | undefined {
  if (chain.kind !== "dispatcher") return undefined;
  const hook = hookOf(chain.of);
  const test = firstTest(tests);
  if (test !== undefined) return entryOfFirst(test, hook, firstName(identity, hook));
  const place = placeOf({ chain, tests, verdict: { kind: "continue" } }, identity);
  const [service] = tests.filter((test) => test.kind === "service");
  const [range] = service?.ports ?? [];
  if (service === undefined || range === undefined) return undefined;
  if (place.kind === "element" || place.chain !== gateName(identity)) return undefined;
  return { kind: "element", map: `input-${service.protocol}`, port: range.first, chain: place.chain };
}

type FirstTest = Extract<Test, { kind: "knock" | "tokenShape" }>;

function firstTest(tests: readonly Test[]): FirstTest | undefined {
  return tests.find((test): test is FirstTest => test.kind === "knock" || test.kind === "tokenShape");
}

function entryOfFirst(test: FirstTest, hook: Hook, chain: string): Entry {
  const port = portOf(test);
  if (port === undefined && hook === "input") return { kind: "rule", from: "input-pings", test, chain };
  if (port === undefined || test.isOriginal || hook !== "input")
    return { kind: "rule", from: `${hook}-more-first`, test, chain };
  return { kind: "element", map: `input-${port.protocol}-first`, port: port.port, test, chain };
}

function portOf(test: FirstTest): { readonly protocol: "tcp" | "udp"; readonly port: number } | undefined {
  if (test.kind === "tokenShape") return { protocol: "udp", port: test.port };
  return test.step.protocol === "icmp" ? undefined : test.step;
}
