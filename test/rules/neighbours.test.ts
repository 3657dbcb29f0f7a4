import fc from "fast-check";
import { expect, test } from "vitest";
import { scheduleOf } from "../../provider/derive/schedule";
import type { Family, Policy, Step } from "../../provider/policy/types";
import { type CompileContext, compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { iptables } from "../../provider/rules/iptables/backend";
import { beside } from "../../provider/rules/iptables/beside";
import { doorIdOf } from "../../provider/rules/iptables/line";
import { parseRule } from "../../provider/rules/iptables/parse";
import { renderDocument, renderRule } from "../../provider/rules/iptables/render";
import type { Ruleset } from "../../provider/rules/ir";
import { policies, sequences } from "../policy/arbitrary";
import { complete } from "../policy/complete";
import { seed } from "../policy/seed";
import { FilterTable } from "./filterTable";

const { compare } = iptables;

/** Several doors on a host, in some order: what awk makes of them there, and what arrange.ts says. */
interface Door {
  readonly id: string;
  readonly policy: Policy;
  readonly ruleset: Ruleset;
}

const calendar = {
  ...{ windowMinutes: 720, days: 1, graceSeconds: 60 },
  derivation: {
    ...{ version: 1 as const, subkey: "ab".repeat(32), rotateEvery: "30d", steps: 3 },
    ...{ protocols: ["tcp" as const], ports: ["10000-60000"], exclude: [], keepers: {} },
  },
};

const contexts: fc.Arbitrary<CompileContext> = fc.constantFrom<CompileContext>(
  ...[{}, {}, {}, { slot: "b" as const }],
  {
    tokens: {
      port: 40_000,
      tokens: [{ name: "0123abcd", revision: 1, secrets: { ipv4: "0b".repeat(16), ipv6: "0c".repeat(16) } }],
    },
  },
  { schedule: scheduleOf(calendar, "2026-11-28") },
);

/** First knocks that many doors have, so that doors share chains of them; and ports enough for more than ten chains. */
const firsts = fc.constantFrom<Step>(
  ...Array.from({ length: 40 }, (_, n): Step => ({ protocol: n % 3 ? "tcp" : "udp", port: 7_000 + n })),
  { protocol: "icmp", payloadBytes: 333 },
);
const alike = fc
  .tuple(policies({ maxSteps: 4 }), fc.option(firsts), sequences(3))
  .map(([policy, first, rest]): Policy => {
    if (first === null) return policy;
    const { previous: _, ...other } = policy;
    try {
      return complete({ ...other, sequence: [first, ...rest] } as never);
    } catch {
      return policy;
    }
  });

/** A door comes, or another policy for it, or it goes. */
const operations = fc.array(
  fc.record({ door: fc.nat(19), policy: alike, context: contexts, isGoing: fc.nat(4).map((n) => n === 0) }),
  { minLength: 1, maxLength: 30, size: "max" },
);

function doorOf(number: number, policy: Policy, context: CompileContext): Door {
  const identity = identify(`stack::door ${number}`, "h1");
  return { id: identity.id, policy, ruleset: compile(policy, identity, context) };
}

/** The lines of the shared chains, in no order; of what serves several doors each of them wants it. */
function wantedOf(doors: readonly Door[], table: FilterTable): string[] {
  const { family, lines } = table;
  const texts = doors.flatMap(({ ruleset }) =>
    beside(ruleset, lines, family).map(({ rule }) => renderRule(rule, ruleset.identity, family)),
  );
  const isOwn = (text: string) => doorIdOf(text) !== undefined;
  return [...texts.filter(isOwn), ...new Set(texts.filter((text) => !isOwn(text)))].sort();
}

/** As the compiler writes it; the host's own awk writes one port as it does many. */
function normal(line: string, family: Family): string {
  const identity = { id: doorIdOf(line) ?? "", owner: "" };
  const rule = parseRule(line, identity, family);
  return rule ? renderRule(rule, identity, family) : `foreign: ${line}`;
}

function isShared(chain: string): boolean {
  return /^(PORTKNOCK|PK-000000000[012])/.test(chain);
}

const byChain = (lines: readonly string[]) =>
  Object.fromEntries(
    lines
      .filter((line) => line.startsWith(":"))
      .map((name) => [name.slice(1), lines.filter((line) => line.startsWith(`-A ${name.slice(1)} `))]),
  );

test.each(["mawk", "busybox awk"] as const)("%s arranges all doors of a host as arrange.ts says", (awk) => {
  let most = 0;
  const property = fc.property(operations, fc.constantFrom("ipv4", "ipv6"), (steps, family) => {
    const table = new FilterTable(family, awk);
    const doors = new Map<string, Door>();
    for (const { door: number, policy, context, isGoing } of steps) {
      const door = doorOf(number, policy, context);
      const document = isGoing ? "" : renderDocument(door.ruleset, family);
      const merged = table.merge(door.id, document);
      if (merged[0]?.startsWith("conflict")) continue;
      const others = [...table.rules].filter(
        ([chain]) => !isShared(chain) && !chain.startsWith(`PK-${door.id}`),
      );
      table.restore(table.transition(door.id, merged));
      doors.delete(door.id);
      if (document !== "") doors.set(door.id, door);
      expect(Object.fromEntries(table.rules)).toEqual({ ...byChain(merged), ...Object.fromEntries(others) });
    }
    most = Math.max(most, doors.size);
    for (const { ruleset, policy } of doors.values()) {
      const { isEqual, lines } = compare(ruleset, policy, { [family]: table.lines });
      expect(isEqual ? [] : lines.filter((line) => /^(missing|unexpected)/.test(line))).toEqual([]);
    }
    const shared = table.lines.filter((line) => line.startsWith("-A ") && isShared(line.slice(3)));
    expect(shared.map((line) => normal(line, family)).sort()).toEqual(wantedOf([...doors.values()], table));
    if (doors.size === 0) expect(table.lines).toEqual([]);
  });
  fc.assert(property, { seed: seed(), numRuns: 15 });
  expect(most).toBeGreaterThan(4);
});

test("a host with more than ten chains of ports, which iptables sorts by name", () => {
  const table = new FilterTable("ipv4", "mawk");
  const ports = (door: number) => Array.from({ length: 31 }, (_, n) => 1_000 + 100 * door + 2 * n);
  // Three chains each: of some door they are the ninth and the tenth.
  const doors = Array.from({ length: 14 }, (_, n) =>
    doorOf(
      n,
      complete({
        sequence: [{ protocol: "udp", port: 500 + n }],
        door: [{ protocol: "tcp", ports: ports(n) }],
      }),
      {},
    ),
  );
  // The first comes once more at last, so that all others move to other chains.
  for (const { id, ruleset } of [...doors, ...doors.slice(0, 1)]) {
    table.restore(table.transition(id, table.merge(id, renderDocument(ruleset, "ipv4"))));
  }
  expect(table.rules.has("PK-0000000000-tcp11")).toBe(true);
  for (const { ruleset, policy } of doors)
    expect(compare(ruleset, policy, { ipv4: table.lines }).isEqual).toBe(true);
});
