import { afterAll, beforeAll, expect, test } from "vitest";
import type { Schedule } from "../../provider/policy/schedule";
import type { Sequence, Step } from "../../provider/policy/types";
import { newcomer, onPacket } from "../../provider/rules/automaton";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { complete } from "../policy/complete";
import { seed } from "../policy/seed";
import { scheduleFrom } from "../rules/schedule";
import { load } from "./host";
import { buildInjector, inject, type Salvo } from "./inject";
import { type Random, randomNumbers } from "./random";
import { type Line, pause, ping, script, tcp, udp } from "./script";
import { families, LETTERS, variants, World } from "./world";

let world: World;
beforeAll(async () => {
  await buildInjector();
  world = await World.start();
});
afterAll(() => world.stop());

const DOOR = tcp(22);
const LENGTH_MS = 12_000;
const GRACE_MS = 3_000;
const policy = complete({
  sequence: [tcp(9)],
  door: [{ protocol: "tcp", ports: [22] }],
  openForSeconds: 60,
  stepTimeoutSeconds: 8,
});

/** Of two windows, the last of a day and the first of the next, around the edge between them. */
interface Sequences {
  readonly before: Sequence;
  readonly after: Sequence;
}

/** As the derivation makes them; and of a pattern that falls back to a stage above the first. */
const KINDS: Readonly<Record<string, Sequences>> = {
  plain: { before: [udp(8001), tcp(7001), ping(121)], after: [tcp(7002), udp(8002), tcp(7001)] },
  repeating: {
    before: [tcp(7001), udp(8001), tcp(7001), udp(8001), ping(121)],
    after: [udp(8001), tcp(7002), udp(8001), tcp(7002), tcp(7003)],
  },
};

/** Seconds from the edge, each in the middle of a time in which the same windows are heard. */
const TIMES = {
  tooEarly: -16.5,
  before: -8,
  earlyGrace: -1.5,
  lateGrace: 1.5,
  after: 8,
  lastGrace: 13.5,
  over: 16.5,
} as const;

type Time = keyof typeof TIMES;

/** Packets, each at one of the times. */
type Word = readonly (readonly [Time, readonly Step[]])[];

function toldWords({ before, after }: Sequences): Record<string, readonly [Word, opens: readonly boolean[]]> {
  const half = before.length - 1;
  const knock = (sequence: Sequence): Step[] => [...sequence, DOOR];
  return {
    "a window's sequence before all windows": [[["tooEarly", knock(before)]], [false]],
    "in its window": [[["before", knock(before)]], [true]],
    "before its window's grace": [[["before", knock(after)]], [false]],
    "in its grace before": [[["earlyGrace", knock(after)]], [true]],
    "in its grace after, over midnight": [[["lateGrace", knock(before)]], [true]],
    "after its grace": [[["after", knock(before)]], [false]],
    "the next one in its window": [[["after", knock(after)]], [true]],
    "in the grace of the last window": [[["lastGrace", knock(after)]], [true]],
    "after the last one": [[["over", knock(after)]], [false]],
    "begun in the window, ended in its grace": [
      [
        ["earlyGrace", before.slice(0, half)],
        ["lateGrace", knock(before.slice(half))],
      ],
      [true],
    ],
    "half of one, half of the other": [
      [["lateGrace", knock([...before.slice(0, half), ...after.slice(half)])]],
      [false],
    ],
    "a grant that outlives its window": [
      [
        ["lateGrace", knock(before)],
        ["over", [DOOR]],
      ],
      [true, true],
    ],
    "one after the other": [[["earlyGrace", [...knock(before), ...knock(after)]]], [true, true]],
  };
}

/** A whole number from 0 to less than a bound. */
function below(random: Random, bound: number): number {
  return Math.floor(random() * bound);
}

/** Mostly the right knocks of either window, with a try at the end. */
function randomWord(random: Random, time: Time, { before, after }: Sequences): Word {
  const places = { before: 0, after: 0 };
  const side = below(random, 2) === 0 ? "before" : "after";
  const steps = Array.from({ length: 4 + below(random, 8) }, (): Step => {
    const sequence = side === "before" ? before : after;
    if (below(random, 4) > 0) return sequence[places[side]++ % sequence.length] ?? DOOR;
    const other = [...before, ...after, DOOR];
    return other[below(random, other.length)] ?? DOOR;
  });
  return [[time, [...steps, DOOR]]];
}

test("at each edge of a calendar the kernel does what the automaton says", async () => {
  const random = randomNumbers(seed());
  const hosts = variants.flatMap((variant) =>
    Object.entries(KINDS).map(([kind, sequences]) => ({
      ...{ variant, sequences, kind },
      name: `${LETTERS[variant]}${kind}`,
    })),
  );
  await world.addHosts(hosts.map(({ name }) => name));
  const edgeMs = 1000 * Math.ceil(Date.now() / 1000) + 30_000;
  const scheduleOf = ({ before, after }: Sequences): Schedule =>
    scheduleFrom(edgeMs - LENGTH_MS, LENGTH_MS, GRACE_MS, [[before], [after]]);
  for (const { name, variant, sequences } of hosts) {
    const ruleset = compile(policy, identify("calendar", name), {
      schedule: scheduleOf(sequences),
    });
    await load(world, name, variant, policy, ruleset);
  }
  const played = hosts.flatMap(({ name, sequences }) => {
    const told = Object.entries(toldWords(sequences)).map(([what, [word, opens]]) => ({ what, word, opens }));
    const drawn = (Object.keys(TIMES) as Time[]).flatMap((time) =>
      Array.from({ length: 5 }, () => ({
        what: `random, ${time}`,
        word: randomWord(random, time, sequences),
        opens: undefined,
      })),
    );
    return families.flatMap((family) =>
      [...told, ...drawn].map((one, index) => ({
        ...one,
        expected: specified(one.word, scheduleOf(sequences), edgeMs),
        name,
        family,
        source: index + 1,
      })),
    );
  });
  const startMs = edgeMs + 1000 * TIMES.tooEarly - 700;
  const wait = startMs - Date.now();
  expect(wait, "the hosts took too long to set up").toBeGreaterThan(0);
  const salvos = played.map(({ name: host, family, source, word }): Salvo => {
    const lines = word.flatMap(([time, packets], index): Line[] => {
      const [before] = word[index - 1] ?? ["tooEarly"];
      const apart = 1000 * (TIMES[time] - TIMES[before]);
      return [pause((index === 0 ? wait : 0) + apart), ...packets];
    });
    return { host, family, source, shots: script(...lines) };
  });
  const sent = await inject(world, salvos);
  let tries = 0;
  for (const [index, { what, word, opens, expected, name, family }] of played.entries()) {
    if (opens) expect(expected, what).toEqual(opens);
    const packets = word.flatMap(([, packets]) => packets);
    // Nothing listens: what the door lets in is refused by the kernel.
    const answers = packets.flatMap((packet, at) => (packet === DOOR ? [sent[index]?.[at]?.answer] : []));
    expect(answers, `${what}: ${name}, ${family}`).toEqual(
      expected.map((isOpen) => (isOpen ? "reset" : "none")),
    );
    tries += answers.length;
  }
  console.log(`${played.length} words, ${tries} tries at the door`);
});

/** Whether each try at the door gets in, by the specification. */
function specified(word: Word, schedule: Schedule, edgeMs: number): boolean[] {
  let state = newcomer;
  return word.flatMap(([time, packets]) =>
    packets.flatMap((packet) => {
      const at = edgeMs / 1000 + TIMES[time];
      const outcome = onPacket(policy, state, packet, at, "stranger", schedule);
      state = outcome.state;
      return packet === DOOR ? [outcome.verdict === "accept"] : [];
    }),
  );
}
