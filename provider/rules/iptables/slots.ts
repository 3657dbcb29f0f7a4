import type { PortRange } from "../../policy/ports";
import type { Rule, Test } from "../ir";

type ServiceTest = Extract<Test, { kind: "service" }>;

/**
 * Ports that one test takes: 15, of which a range counts two (iptables-extensions(8), multiport); of the ports from before
 * address translation one port or range (conntrack, --ctorigdstport).
 */
export const MULTIPORT_SLOTS = 15;

export function slotsOf({ first, last }: PortRange): number {
  return first === last ? 1 : 2;
}

/** For the packets of all open flows, of which there are most. */
export function spanned(test: ServiceTest): ServiceTest {
  return test.ports.length > 1 ? { ...test, isSpanned: true } : test;
}

/** Several rules in place of one that asks for more ports than one test takes. */
export function splitPorts(all: readonly Rule[]): Rule[] {
  const rules: Rule[] = [];
  for (let next = 0; next < all.length; ) {
    const together = startingAt(all, next);
    next += together.length;
    const [service] = together[0]?.tests.filter((test) => test.kind === "service") ?? [];
    const parts = service ? partsOf(service) : [];
    if (parts.length < 2) rules.push(...together);
    else rules.push(...parts.flatMap((part) => together.map((rule) => withService(rule, part))));
  }
  return rules;
}

/** A rule, and before it the one that logs exactly what it is about: their parts stay side by side. */
function startingAt(rules: readonly Rule[], place: number): Rule[] {
  const [first, second] = rules.slice(place, place + 2);
  if (first === undefined) return [];
  return second && isLogOf(first, second) ? [first, second] : [first];
}

function isLogOf(log: Rule, rule: Rule): boolean {
  if (log.verdict.kind !== "log" || log.chain.kind !== rule.chain.kind) return false;
  return log.tests.every((test) => test.kind === "limit" || rule.tests.includes(test));
}

function withService(rule: Rule, part: ServiceTest): Rule {
  return { ...rule, tests: rule.tests.map((test) => (test.kind === "service" ? part : test)) };
}

function partsOf(service: ServiceTest): ServiceTest[] {
  const chunks = service.isOriginal ? service.ports.map((range) => [range]) : inSlots(service.ports);
  return chunks.map((ports) => ({ ...service, ports }));
}

function inSlots(ranges: readonly PortRange[]): PortRange[][] {
  const chunks: PortRange[][] = [[]];
  let slots = 0;
  for (const range of ranges) {
    slots += slotsOf(range);
    if (slots > MULTIPORT_SLOTS) {
      chunks.push([]);
      slots = slotsOf(range);
    }
    chunks.at(-1)?.push(range);
  }
  return chunks;
}
