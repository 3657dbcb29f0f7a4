import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Policy } from "../../provider/policy/types";
import { newcomer, onPacket } from "../../provider/rules/automaton";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/names";
import { parsePackets } from "../../provider/rules/packets";
import { trace } from "../../provider/rules/trace";
import type { Shot } from "../kernel/inject";
import { randomNumbers } from "../kernel/random";
import { randomWord } from "../kernel/word";
import { policies } from "../policy/arbitrary";
import { seed } from "../policy/seed";
import { packetsOf } from "./packets";

const SIZE = { maxSteps: 6, maxOpenForSeconds: 3, maxStepTimeoutSeconds: 2 };

interface Seen {
  readonly verdict: string;
  readonly stage: number;
  readonly isGranted: boolean;
}

/** What the specification says of each packet of a word. */
function specified(policy: Policy, shots: readonly Shot[]): Seen[] {
  let state = newcomer;
  return shots.map(({ packet, atMs, flags }) => {
    const at = atMs / 1000;
    const outcome = onPacket(policy, state, packet, at);
    const isBogus = flags === "bogus";
    if (!isBogus) state = outcome.state;
    const inTime = at - state.stageSince <= policy.stepTimeoutSeconds;
    const verdict = isBogus && outcome.verdict === "accept" ? "drop" : outcome.verdict;
    return {
      verdict,
      stage: inTime ? state.stage : 0,
      isGranted: state.grantedAt !== undefined && at - state.grantedAt <= policy.openForSeconds,
    };
  });
}

function traced(policy: Policy, shots: readonly Shot[]): Seen[] {
  const ruleset = compile(policy, identify("random", "h1"));
  return trace(ruleset, packetsOf(shots)).map(({ verdict, after }) => ({ verdict, ...after }));
}

test("the rules, traced, do what the automaton says", () => {
  const start = seed();
  let packets = 0;
  let accepted = 0;
  fc.assert(
    fc.property(policies(SIZE), fc.nat(), (policy, number) => {
      const shots = randomWord(randomNumbers(number), policy);
      const seen = traced(policy, shots);
      expect(seen).toEqual(specified(policy, shots));
      packets += seen.length;
      accepted += seen.filter(({ verdict }) => verdict === "accept").length;
    }),
    { seed: start, numRuns: 2_000 },
  );
  console.log(`packets ${packets}, accepted at the door ${accepted}`);
  expect(accepted).toBeGreaterThan(2_000);
});

describe("packets as text", () => {
  const tcp = (port: number, atSeconds: number) => ({ packet: { protocol: "tcp", port }, atSeconds });

  test.each([
    ["tcp/7000", [tcp(7000, 0)]],
    [" tcp/7000  tcp/22\n", [tcp(7000, 0), tcp(22, 0)]],
    ["tcp/7000,tcp/22", [tcp(7000, 0), tcp(22, 0)]],
    ["+1.5s tcp/7000 +6s +200ms tcp/22", [tcp(7000, 1.5), tcp(22, 7.7)]],
    ["udp/8000/hex:AB", [{ packet: { protocol: "udp", port: 8000, payload: "hex:ab" }, atSeconds: 0 }]],
    ["icmp/120 +1s", [{ packet: { protocol: "icmp", payloadBytes: 120 }, atSeconds: 0 }]],
  ])("%j", (text, packets) => {
    expect(parsePackets(text)).toEqual(packets);
  });

  test.each([
    ["", 1],
    ["tcp/7000 7777", 2],
    ["tcp/7000 +7777", 2],
    ["tcp/7000 +5s 7777ms", 3],
    ["tcp/7000 -7777s", 2],
    ["tcp/7000 udp/77777", 2],
    ["tcp/7000 udp/8000/hex:7", 2],
  ])("%j: the word is named by its place and not shown", (text, place) => {
    expect(() => parsePackets(text)).toThrow(
      new RegExp(`^word ${place} of the packets (is not written as|must be|must have) [^7]*$`),
    );
  });
});
