import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Policy, Sequence, Step } from "../../provider/policy/types";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { complete } from "../policy/complete";
import { load } from "./host";
import { type Answer, buildInjector, inject, type Salvo, type Sent } from "./inject";
import { AGAIN, type Line, pause, ping, script, tcp, udp } from "./script";
import { families, variants, World } from "./world";

const DOOR = tcp(22);

const sequences: Readonly<Record<string, Sequence>> = {
  tcp: [tcp(7000), tcp(8000), tcp(9000)],
  udp: [udp(7000), udp(8000), udp(9000)],
  icmp: [ping(100), ping(200), ping(300)],
  mixed: [tcp(7000), udp(8000), ping(120)],
};

interface Scenario {
  readonly name: string;
  /** What the try at the door at its end gets. */
  readonly want: Answer;
  /** Its column in the page's table. */
  readonly column?: string;
  /** So long that a scan cannot be closed out by being slow. */
  readonly timeoutSeconds: number;
  readonly write: (sequence: Sequence) => Line[];
}

const middle = (wrong: Step): Scenario => ({
  name: `a wrong knock in the middle (${wrong.protocol})`,
  column: "a wrong knock in the middle",
  want: "none",
  timeoutSeconds: 60,
  write: ([first, ...rest]) => [...(first ? [first] : []), wrong, ...rest],
});

/** What published rule sets get wrong: each of them fails one of these at least. */
const scenarios: readonly Scenario[] = [
  { name: "the sequence", want: "reset", timeoutSeconds: 60, write: (sequence) => [...sequence] },
  { name: "no knock", want: "none", timeoutSeconds: 60, write: () => [] },
  {
    name: "every knock three times",
    column: "every packet three times",
    want: "reset",
    timeoutSeconds: 60,
    write: (sequence) => sequence.flatMap((step) => [step, AGAIN, AGAIN]),
  },
  ...[tcp(7500), udp(7500), ping(64)].map(middle),
  {
    name: "stray packets after the grant",
    column: "stray packets after the grant",
    want: "reset",
    timeoutSeconds: 60,
    write: (sequence) => [...sequence, tcp(7500), udp(7500), ping(64), ...sequence.slice(0, 2), tcp(80)],
  },
  {
    name: "a late knock",
    column: "a late knock",
    want: "none",
    timeoutSeconds: 1,
    write: (sequence) => [...sequence.slice(0, 2), pause(1300), ...sequence.slice(2)],
  },
  {
    name: "an ascending scan",
    column: "an ascending scan",
    want: "none",
    timeoutSeconds: 600,
    write: (sequence) => [
      ...scan("tcp", sequence, 1, 12_000, tcp),
      ...scan("udp", sequence, 1, 12_000, udp),
      ...scan("icmp", sequence, 0, 1452, ping),
    ],
  },
];

function scan(
  protocol: Step["protocol"],
  sequence: Sequence,
  from: number,
  to: number,
  make: (number: number) => Step,
): Step[] {
  const isKnocked = sequence.some((step) => step.protocol === protocol);
  return isKnocked ? Array.from({ length: to - from + 1 }, (_, index) => make(from + index)) : [];
}

interface Run {
  readonly name: string;
  readonly kind: string;
  readonly column: string | undefined;
  readonly want: Answer;
  readonly salvo: Salvo;
}

describe.each(variants)("published mistakes, %s", (variant) => {
  let world: World;
  let sent: readonly Sent[][] = [];
  const policies = new Map<string, Policy>();
  const runs = scenarios.flatMap(({ name, column, want, timeoutSeconds, write }, index) =>
    Object.entries(sequences).flatMap(([kind, sequence]) => {
      const host = `${kind}-${timeoutSeconds}`;
      policies.set(
        host,
        complete({
          sequence,
          door: [{ protocol: "tcp", ports: [22] }],
          openForSeconds: 60,
          stepTimeoutSeconds: timeoutSeconds,
        }),
      );
      return families.map((family): Run => {
        const salvo = { host, family, source: index + 1, shots: script(...write(sequence), DOOR) };
        return { name: `${name}: ${kind}, ${family}`, kind, column, want, salvo };
      });
    }),
  );

  beforeAll(async () => {
    await buildInjector();
    world = await World.start();
    await world.addHosts([...policies.keys()]);
    for (const [host, policy] of policies) {
      await load(world, host, variant, policy, compile(policy, identify("published", host)));
    }
    sent = await inject(
      world,
      runs.map(({ salvo }) => salvo),
    );
  });
  afterAll(() => world.stop());

  test("the page's table is what was seen", () => {
    const table = tableOf(runs, sent);
    console.log(table);
    expect(readFileSync(join(__dirname, "../../docs/explanation/by-hand.md"), "utf8")).toContain(table);
  });

  test.each(runs.map((run, index) => ({ ...run, index })))("$name", ({ salvo, want, index }) => {
    const answers = sent[index] ?? [];
    expect(answers.at(-1)?.answer).toBe(want);
    const dropped = salvo.shots.filter(
      ({ packet }, shot) => answers[shot]?.answer === "none" && !isDoor(packet),
    );
    expect(dropped).toEqual([]);
  });
});

/** What became of the door, in each column, for each kind of knocks: of both families, or it is said. */
function tableOf(runs: readonly Run[], sent: readonly Sent[][]): string {
  const columns = [...new Set(runs.flatMap(({ column }) => column ?? []))];
  const cells = Object.keys(sequences).map((kind) =>
    columns.map((column) => {
      const outcomes = runs.flatMap((run, index) =>
        run.kind === kind && run.column === column ? [sent[index]?.at(-1)?.answer === "reset"] : [],
      );
      const [isOpen] = outcomes;
      if (outcomes.some((outcome) => outcome !== isOpen)) return "differs";
      return isOpen ? "open" : "closed";
    }),
  );
  const line = (words: readonly string[]) => `| ${words.join(" | ")} |`;
  return [
    line(["knocks", ...columns]),
    `|${"---|".repeat(columns.length + 1)}`,
    line([
      "wanted",
      ...columns.map((column) =>
        runs.find((run) => run.column === column)?.want === "reset" ? "open" : "closed",
      ),
    ]),
    ...Object.keys(sequences).map((kind, index) => line([KINDS[kind] ?? kind, ...(cells[index] ?? [])])),
    "",
  ].join("\n");
}

const KINDS: Readonly<Record<string, string>> = { tcp: "TCP", udp: "UDP", icmp: "ICMP", mixed: "mixed" };

function isDoor(packet: Step): boolean {
  return packet.protocol === "tcp" && packet.port === 22;
}
