import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lint, lintDoors } from "../../provider/lint/lint";
import { parseSequence } from "../../provider/policy/text";
import type { Policy } from "../../provider/policy/types";
import { validatePolicy } from "../../provider/policy/validate";
import { newcomer, onPacket } from "../../provider/rules/automaton";
import { iptables } from "../../provider/rules/iptables/backend";
import { seed } from "../policy/seed";

const { listLimit } = iptables;

interface Case {
  readonly name: string;
  /** Fields that replace those of the strong policy; the sequence as text. Several policies are doors of one host. */
  readonly policies: readonly Readonly<Record<string, unknown>>[];
  readonly listSlots?: number;
  /** Severity, code and path of each finding. */
  readonly findings: readonly string[];
}

/** Each finding has a row that triggers it, and one that just does not. */
const cases = JSON.parse(readFileSync(join(__dirname, "lint.json"), "utf8")) as Case[];

const strong = { sequence: "tcp/41287,udp/23911,icmp/733", door: [{ protocol: "tcp", ports: [22] }] };

function policyOf(change: Readonly<Record<string, unknown>>): Policy {
  const { sequence, ...rest } = { ...strong, ...change };
  const steps = sequence === null ? {} : { sequence: parseSequence(String(sequence)) };
  const { value, failures } = validatePolicy({ ...rest, ...steps });
  expect(failures).toEqual([]);
  return value as Policy;
}

function findingsOf({ policies: changes, listSlots = 1000 }: Case) {
  const [first, ...more] = changes.map(policyOf);
  if (first === undefined) return [];
  if (more.length === 0) return lint(first, listLimit, { listSlots });
  return lintDoors(
    Object.fromEntries([first, ...more].map((policy, index) => [`door${index}`, policy])),
    listLimit,
    {
      listSlots,
    },
  );
}

describe("findings", () => {
  test.each(cases)("$name", (one) => {
    const found = findingsOf(one).map(({ severity, code, path }) => `${severity} ${code} ${path}`);
    expect(found).toEqual(one.findings);
  });

  test.each(cases.filter(({ findings }) => findings.length > 0))(
    "$name: no port or size of a step is in a message",
    (one) => {
      const text = findingsOf(one)
        .map(({ reason, remedy, path }) => [reason, remedy, path].join("\n"))
        .join("\n");
      expect(text).not.toBe("");
      for (const { sequence = [] } of one.policies.map(policyOf)) {
        for (const step of sequence) {
          const number = step.protocol === "icmp" ? step.payloadBytes : step.port;
          if (number > 2) expect(text).not.toMatch(new RegExp(`\\b${number}\\b`));
        }
      }
    },
  );

  test("each is in the table", () => {
    const triggered = new Set(cases.flatMap(({ findings }) => findings.map((line) => line.split(" ")[1])));
    expect([...triggered].sort()).toEqual([
      "common-step",
      "few-guesses",
      "hidden-step",
      "linear-scan",
      "list-capacity",
      "listed-scan",
      "lockout-abused",
      "lockout-evaded",
      "lockout-lifted",
      "loopback-knocks",
      "opens-other-door",
      "published-sequence",
      "runs-out",
      "slows-pulumi",
      "tokens-alone",
      "udp-only",
    ]);
  });
});

/** All ports up to 1,000, as a scanner sends them, without leaving any out: the steps lie among them. */
function isOpenedByFullScan(policy: Policy, protocol: "tcp" | "udp", isUpward: boolean): boolean {
  let state = newcomer;
  for (let count = 1; count <= 1_000; count++) {
    const port = isUpward ? count : 1_001 - count;
    state = onPacket(policy, state, { protocol, port }, 0).state;
    if (state.grantedAt !== undefined) return true;
  }
  return false;
}

test("a few ports stand for a whole scan", () => {
  const odd = fc.uniqueArray(fc.constantFrom(299, 301, 303, 305), { maxLength: 4 });
  let opened = 0;
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 3 }), fc.boolean(), odd, (steps, isUpward, ports) => {
      const upward = [300, 302, 304].slice(0, steps).map((port) => ({ protocol: "tcp" as const, port }));
      const policy = policyOf({ door: [{ protocol: "tcp", ports: [22, ...ports] }] });
      const scanned: Policy = { ...policy, sequence: isUpward ? upward : upward.toReversed() };
      const isOpened = isOpenedByFullScan(scanned, "tcp", isUpward);
      expect(lint(scanned, listLimit).some(({ code }) => code === "linear-scan")).toBe(isOpened);
      if (isOpened) opened++;
    }),
    { seed: seed(), numRuns: 40 },
  );
  console.log(`opened by a full scan: ${opened} of 40`);
  expect(opened).toBeGreaterThan(0);
  expect(opened).toBeLessThan(40);
});

test("a day's guesses are as many under a lockout as without: forged packets lift it", () => {
  const two = { sequence: "tcp/20301,udp/41287" };
  const lockout = { wrongKnocks: 5, withinSeconds: 3_600, forSeconds: 86_400 };
  const reasonOf = (change: Readonly<Record<string, unknown>>, code: string, listSlots?: number) =>
    lint(policyOf({ ...two, ...change }), listLimit, listSlots === undefined ? {} : { listSlots }).find(
      (finding) => finding.code === code,
    )?.reason;
  const plain = reasonOf({}, "few-guesses");
  expect(plain).toContain("has 864 million guesses a day");
  expect(reasonOf({ lockout }, "few-guesses")).toBe(
    `${plain}; the lockout does not count, because forged packets lift it`,
  );
  expect(reasonOf({ lockout }, "lockout-lifted")).toMatch(
    /hold 100 sources \(ip_list_tot, the default\) .*: 500 packets with forged addresses lift a lockout of 86400 s, and 100 keep/,
  );
  expect(reasonOf({ lockout }, "lockout-lifted", 2_000)).toMatch(
    /hold 2000 sources \(ip_list_tot\) .*: 10000 packets/,
  );
});
