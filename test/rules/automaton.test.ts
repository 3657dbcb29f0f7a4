import { describe, expect, test } from "vitest";
import type { Step } from "../../provider/policy/types";
import { knockOf, newcomer, onAttempt, onPacket } from "../../provider/rules/automaton";
import { complete } from "../policy/complete";

const letters: Readonly<Record<string, Step>> = {
  A: { protocol: "tcp", port: 7000 },
  B: { protocol: "udp", port: 7000 },
  C: { protocol: "icmp", payloadBytes: 70 },
  X: { protocol: "tcp", port: 9 },
  I: { protocol: "tcp", port: 443 },
  D: { protocol: "tcp", port: 22 },
};

function steps(word: string): Step[] {
  return [...word].flatMap((letter) => letters[letter] ?? []);
}

/** Rows: at stage 0, 1, 2 … what A, B, C and X lead to; `=` is neutral. */
test.each([
  ["A", ["1000"]],
  ["AB", ["1000", "=200"]],
  ["ABC", ["1000", "=200", "1=30"]],
  ["ABA", ["1000", "=200", "3=00"]],
  ["ABAC", ["1000", "=200", "3=00", "=240"]],
  ["ABAB", ["1000", "=200", "3=00", "=400"]],
  ["ABABC", ["1000", "=200", "3=00", "=400", "3=50"]],
  ["ABCABA", ["1000", "=200", "1=30", "40=0", "=500", "6=30"]],
])("the automaton of %s", (word, rows) => {
  const sequence = steps(word);
  const table = sequence.map((_, stage) =>
    steps("ABCX")
      .map((step) => onAttempt(sequence, stage, step))
      .map((effect) => (effect.kind === "neutral" ? "=" : effect.stage))
      .join(""),
  );
  expect(table).toEqual(rows);
});

test("a datagram is the step that takes what it carries", () => {
  const open: Step = { protocol: "udp", port: 7001, payload: "hex:6f" };
  const sequence = [...steps("AB"), open];
  const other: Step = { protocol: "udp", port: 7001, payload: "hex:70" };
  expect(knockOf(sequence, { protocol: "udp", port: 7000, payload: "hex:70" })).toBe(sequence[1]);
  expect(knockOf(sequence, { ...open })).toBe(open);
  expect(knockOf(sequence, other)).toBe(other);
  expect(knockOf(sequence, { protocol: "udp", port: 7001 })).toEqual({ protocol: "udp", port: 7001 });
});

describe("words", () => {
  const policy = complete({
    sequence: steps("ABC"),
    door: [{ protocol: "tcp", ports: [22] }],
    openForSeconds: 10,
    stepTimeoutSeconds: 5,
    ignore: [{ protocol: "tcp", ports: [443] }],
  });

  /** A letter is a packet; a number is how many seconds pass. The verdicts of the tries at the door come out. */
  function play(text: string): string {
    let at = 100;
    let state = newcomer;
    const verdicts: string[] = [];
    for (const word of text.split(" ")) {
      const packet = letters[word];
      if (packet === undefined) {
        at += Number(word);
        continue;
      }
      const outcome = onPacket(policy, state, packet, at);
      state = outcome.state;
      if (word === "D") verdicts.push(outcome.verdict);
      else expect(outcome.verdict).toBe("pass");
    }
    return verdicts.join(" ");
  }

  test.each([
    ["nothing", "D", "drop"],
    ["the sequence", "A B C D", "accept"],
    ["not all of it", "A B D", "drop"],
    ["another order", "B A C D", "drop"],
    ["retransmissions", "A A A B B C C D", "accept"],
    ["a wrong knock", "A X B C D", "drop"],
    ["a wrong knock, then all of it", "A X A B C D", "accept"],
    ["the first knock again in the middle", "A B A B C D", "accept"],
    ["tries at the door on the way", "D A D B D C D", "drop drop drop accept"],
    ["ignored packets on the way", "A I B I C I D", "accept"],
    ["each step at its limit", "A 5 B 5 C D", "accept"],
    ["a step past its limit", "A 5.1 B C D", "drop"],
    ["a repeated knock does not win time", "A 3 A 3 B C D", "drop"],
    ["a late first knock begins anew", "A B 6 A B C D", "accept"],
    ["the grant to its end", "A B C 10 D", "accept"],
    ["the grant past its end", "A B C 10.1 D", "drop"],
    ["a try does not extend the grant", "A B C 9 D 2 D", "accept drop"],
    ["wrong knocks leave the grant", "A B C X A X D", "accept"],
    ["a second grant", "A B C 9 A B C 9 D", "accept"],
    ["the last knock alone grants nothing", "A B C 11 C D", "drop"],
  ])("%s", (_, word, verdicts) => {
    expect(play(word)).toBe(verdicts);
  });
});
