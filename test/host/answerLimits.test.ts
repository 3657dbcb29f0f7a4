import { expect, test } from "vitest";
import { scheduleOf } from "../../provider/derive/schedule";
import { answerLimits } from "../../provider/host/answerLimits";
import { doorsOf } from "../../provider/host/status/doorStatus";
import { limits } from "../../provider/policy/limits";
import type { Family, Policy } from "../../provider/policy/types";
import { conflicts } from "../../provider/policy/validate";
import type { Observed } from "../../provider/rules/backend";
import { compile } from "../../provider/rules/compile";
import { iptables } from "../../provider/rules/iptables/backend";
import { renderDocument } from "../../provider/rules/iptables/render";
import { complete } from "../policy/complete";
import { FilterTable } from "../rules/filterTable";
import { held } from "../rules/observed";

const { compare } = iptables;

const ID = "0123456789";
const IDENTITY = { id: ID, owner: `organization/project/stack/${"x".repeat(170)}` };
const DOOR = [{ protocol: "tcp" as const, ports: [22] }];
const FAMILIES = ["ipv4", "ipv6"] as const;

/** The calendar with the most rules, or the most chains, that the schema takes. */
function largest(steps: number, windowMinutes: number, days: number, protocol: "tcp" | "icmp") {
  const calendar = {
    ...{ windowMinutes, days, graceSeconds: 60 },
    derivation: {
      ...{ version: 1 as const, subkey: "ab".repeat(32), rotateEvery: "30d", steps },
      ...{ protocols: [protocol], ports: ["10000-60000"], exclude: [], keepers: {} },
    },
  };
  const policy: Policy = complete({ calendar, door: DOOR });
  expect(conflicts(policy)).toEqual([]);
  const schedule = scheduleOf(calendar, "2026-11-28");
  return { ruleset: compile(policy, IDENTITY, { schedule }), knocks: { ...policy, schedule } };
}

/** Each takes seconds to make. */
const doors = [
  { what: "of most rules", ...largest(16, 120, 45, "icmp") },
  { what: "of most chains", ...largest(1, 20, 45, "tcp") },
];

test.each(doors)("the largest door, $what, is far from all limits", ({ ruleset }) => {
  const rules = FAMILIES.flatMap((family) => renderDocument(ruleset, family).trim().split("\n"));
  const longest = Math.max(...rules.map(({ length }) => length));
  const words = Math.max(...rules.map((rule) => rule.split(" ").length));
  const bytes = rules.join("\n").length + rules.length * "rule 4 ".length;
  console.log(`${rules.length} lines, ${bytes} bytes; of a line at most ${longest}, and ${words} words`);
  expect(rules.length).toBeGreaterThan(2 * 0.9 * limits.calendarRules.max);
  expect(4 * rules.length).toBeLessThan(answerLimits.answer.report.lines);
  // With counters, and with what is stored for the next boot.
  expect(4 * 3 * rules.length).toBeLessThan(answerLimits.answer.status.lines);
  expect(4 * bytes).toBeLessThan(answerLimits.answer.report.bytes);
  expect(4 * 3 * bytes).toBeLessThan(answerLimits.answer.status.bytes);
  expect(2 * (rules.length / 2)).toBeLessThan(answerLimits.doorLines);
  expect(8 * longest).toBeLessThan(answerLimits.lineBytes);
  expect(8 * words).toBeLessThan(answerLimits.words);
});

const LINES = answerLimits.doorLines;
const each = (line: (index: number) => string): Observed => {
  const lines = Array.from({ length: LINES }, (_, index) => line(index));
  return { ipv4: lines, ipv6: lines };
};

/** Rules that cost as much as rules can, within the limits. */
const HOSTILE: Readonly<Record<string, (index: number) => string>> = {
  "rules of others": (n) => `-A PK-${ID} -p udp -m udp --dport ${n} -j DROP`,
  "the same rule": () => `-A PK-${ID} -j RETURN`,
  "rules of many words": (n) => `-A PK-${ID} ${"-m x ".repeat(100)}${n}`,
  "quotes that nothing closes": (n) => `-A PK-${ID} ${'"\\'.repeat(250)} ${n}`,
  "comments that nothing closes": (n) => `-A PORTKNOCK ${'--comment "portknock '.repeat(25)}${n} -j PK-${ID}`,
  "bytes of a packet": (n) => `-A PK-${ID}-A -p udp --u32 "${"0x1=0x2&&".repeat(60)}0x${n}" -g PK-${ID}-1`,
  zeros: (n) => `-A PK-${ID} ${"0x0".padEnd(550, "0")} ${n}`,
  "days of another calendar": (n) => `-A PK-${ID}-D${10_000_000 + n} -j PK-${ID}-D${10_000_000 + n}W0000`,
};

/**
 * How much of a processor's time reading may take, as a multiple of what this machine takes to look at 200,000 lines of text
 * and to keep each in a set: machines differ, and others work on them.
 */
const TIMES = 15;
const SECONDS = TIMES * Math.max(...[1, 2, 3].map(() => secondsFor(lookAtLines)));

function lookAtLines(): void {
  const lines = Array.from({ length: 200_000 }, (_, n) => `-A PK-${n} -p tcp -m tcp --dport ${n} -j DROP`);
  const ports = new Set(lines.map((line) => / --dport (\d+) /.exec(line)?.[1]));
  if (ports.size !== lines.length) throw new Error("not every line was read");
}

function secondsFor(work: () => void): number {
  const before = process.cpuUsage();
  work();
  return process.cpuUsage(before).user / 1e6;
}

const small = (() => {
  const policy = complete({ sequence: [{ protocol: "tcp", port: 7001 }], door: DOOR });
  return { ruleset: compile(policy, IDENTITY), knocks: policy };
})();

test.each(Object.entries(HOSTILE))("%s: compared in little time, and shown in part", (_what, line) => {
  const hostile = each(line);
  for (const { ruleset, knocks } of [small, ...doors.slice(0, 1)]) {
    const seconds = secondsFor(() => {
      const { isEqual, lines } = compare(ruleset, knocks, hostile);
      expect(isEqual).toBe(false);
      expect(lines.filter((one) => one.startsWith("unexpected")).length).toBeLessThan(2_100);
    });
    console.log(`${seconds.toFixed(2)} s`);
    expect(seconds).toBeLessThan(SECONDS);
  }
});

test("rules that are too many to show are counted", () => {
  const { lines } = compare(small.ruleset, small.knocks, each(HOSTILE["rules of others"] ?? String));
  expect(lines.at(-1)).toBe(`unexpected: ${LINES - 500} more rules`);
});

test("the largest door compares equal to itself in little time", () => {
  for (const { ruleset, knocks } of doors) {
    const lines = held(ruleset);
    const seconds = secondsFor(() => expect(compare(ruleset, knocks, lines).isEqual).toBe(true));
    expect(seconds).toBeLessThan(SECONDS);
  }
});

const count = <Item>(number: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: number }, (_, n) => make(n));
/** Those that begin with nine zeros may be of the chains of all doors. */
const idOf = (n: number) => (n + 16).toString(16).padStart(10, "0");
const OTHERS = count(100, (n) => compile(doorOn(n + 1), { id: idOf(n), owner: `stack/${n}` }));

function doorOn(port: number) {
  return complete({
    sequence: [5000 + (port % 60), 6000 + port].map((knock) => ({ protocol: "tcp" as const, port: knock })),
    door: [{ protocol: "tcp", ports: [port] }],
  });
}

/** A host with all of them. */
function heldByMany(): Observed {
  const family = (name: Family) => {
    const table = new FilterTable(name, "mawk");
    for (const { identity, ...one } of OTHERS) {
      const document = renderDocument({ ...one, identity }, name);
      table.restore(table.transition(identity.id, table.merge(identity.id, document)));
    }
    return table.lines;
  };
  return { ipv4: family("ipv4"), ipv6: family("ipv6") };
}

test("a host with a hundred doors is compared for each of them in little time", () => {
  const observed = heldByMany();
  const seconds = secondsFor(() => {
    for (const [index, ruleset] of OTHERS.entries())
      expect(compare(ruleset, doorOn(index + 1), observed).isEqual).toBe(true);
  });
  console.log(`${seconds.toFixed(2)} s`);
  expect(seconds).toBeLessThan(SECONDS);
});

test.each([
  {
    what: "many doors",
    rules: count(50_000, (n) => `-A PORTKNOCK -m comment --comment "portknock x" -j PK-${idOf(n)}`),
    words: count(50_000, (n) => `count 4 1 -A PK-${idOf(n)} -j DROP`),
    doors: 50_000,
  },
  {
    what: "many doors that share much",
    rules: count(50_000, (n) =>
      n % 2 ? `-A PK-0000000000-every -j PK-${idOf(n)}` : `-A PK-0000000000 -p tcp --dport ${n} -j DROP`,
    ),
    words: count(50_000, (n) => `stored 4 -A PK-0000000000 -p udp --dport ${n} -j DROP`),
    doors: 25_000,
  },
  {
    what: "many entries on many lists",
    rules: [
      `:PK-${ID}`,
      ...count(
        10_000,
        (n) => `-A PK-${ID}-${n} -m recent --rcheck --seconds 5 --name pk4-${ID}-${n} --rsource -j RETURN`,
      ),
    ],
    words: count(100_000, (n) => `entry pk4-${ID}-${n % 10_000} 192.0.2.1 last_seen: 5`),
    doors: 1,
  },
  {
    what: "much that is stored",
    rules: [`:PK-${ID}`, ...count(25_000, (n) => `-A PK-${ID} -p tcp --dport ${n} -j DROP`)],
    words: count(25_000, (n) => `stored 4 -A PK-${ID} -p udp --dport ${n} -j DROP`),
    doors: 1,
  },
])("status of $what is read in little time", ({ rules, words, doors }) => {
  const observed = { ipv4: rules };
  const seconds = secondsFor(() =>
    expect(doorsOf(iptables, observed, iptables.readStatus(observed, words), [])).toHaveLength(doors),
  );
  expect(seconds).toBeLessThan(SECONDS);
});
