import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { standingOf } from "../../provider/policy/networks";
import type { Policy } from "../../provider/policy/types";
import { newcomer, onPacket } from "../../provider/rules/automaton";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/names";
import { type Packet, parsePackets } from "../../provider/rules/trace/packets";
import { trace } from "../../provider/rules/trace/trace";
import type { Shot } from "../kernel/inject";
import { randomNumbers } from "../kernel/random";
import { randomWord } from "../kernel/word";
import { policies } from "../policy/arbitrary";
import { complete } from "../policy/complete";
import { type Options, options } from "../policy/options";
import { seed } from "../policy/seed";
import { packetsOf } from "./packets";

const SIZE = { maxSteps: 6, maxOpenForSeconds: 3, maxStepTimeoutSeconds: 2 };

/** Options whose times and numbers a short word reaches. */
const brief = options.map(({ lockout, rateLimit, ...rest }): Options => {
  const seconds = (value: number) => 1 + (value % 4);
  return {
    ...rest,
    ...(lockout && {
      lockout: {
        wrongKnocks: seconds(lockout.wrongKnocks),
        withinSeconds: seconds(lockout.withinSeconds),
        forSeconds: seconds(lockout.forSeconds),
      },
    }),
    ...(rateLimit && { rateLimit: { ...rateLimit, burst: seconds(rateLimit.burst) } }),
  };
});

interface Seen {
  readonly verdict: string;
  readonly stage: number;
  readonly isGranted: boolean;
  readonly isDeaf: boolean;
}

/** What the specification says of each packet of a word. */
function specified(policy: Policy, from: string, shots: readonly Shot[]): Seen[] {
  let state = newcomer;
  return shots.map(({ packet, atMs, flags }) => {
    const at = atMs / 1000;
    const standing = standingOf(policy, from);
    const outcome = onPacket(policy, state, packet, at, standing);
    // What is no flow's packet is no try and no knock, and no grant lets it in.
    const isBogus = flags === "bogus";
    if (!isBogus) state = outcome.state;
    const isDoor = onPacket(policy, newcomer, packet, at, "denied").verdict !== "pass";
    const isWithin = (since: number | undefined, seconds = 0) => since !== undefined && at - since <= seconds;
    return {
      verdict: !isBogus ? outcome.verdict : isDoor ? policy.closedResponse : "pass",
      stage: isWithin(state.stageSince, policy.stepTimeoutSeconds) ? state.stage : 0,
      isGranted: isWithin(state.grantedAt, policy.openForSeconds),
      isDeaf: isWithin(state.deafSince, policy.lockout?.forSeconds),
    };
  });
}

function traced(policy: Policy, from: string, shots: readonly Shot[]): Seen[] {
  const ruleset = compile(policy, identify("random", "h1"));
  const packets = packetsOf(shots).map((packet) => ({ ...packet, from }));
  return trace(ruleset, packets).map(({ verdict, after }) => ({ verdict, ...after }));
}

/** A stranger, or someone in a network that the policy names. */
function addressFor({ families, allowFrom, denyFrom }: Policy, number: number): string {
  const networks = [...allowFrom, ...denyFrom].map((network) => network.replace(/\/.*/, ""));
  const strangers = families.map((family) => (family === "ipv4" ? "198.51.100.7" : "2001:db8:51::7"));
  const addresses = [...strangers, ...strangers, ...networks];
  return addresses[number % addresses.length] ?? "198.51.100.7";
}

test("the rules, traced, do what the automaton says", () => {
  const count = { packets: 0, accept: 0, drop: 0, reset: 0, pass: 0, deaf: 0 };
  fc.assert(
    fc.property(policies(SIZE, brief), fc.nat(), (policy, number) => {
      const from = addressFor(policy, number);
      const shots = randomWord(randomNumbers(number), policy);
      const seen = traced(policy, from, shots);
      expect(seen).toEqual(specified(policy, from, shots));
      for (const { verdict, isDeaf } of seen) {
        count.packets++;
        count[verdict as "accept"]++;
        if (isDeaf) count.deaf++;
      }
    }),
    { seed: seed(), numRuns: 2_000 },
  );
  console.log(JSON.stringify(count));
  expect(Math.min(...Object.values(count))).toBeGreaterThan(1_000);
}, 60_000);

describe("what a word of one source does not show", () => {
  const door = {
    sequence: [{ protocol: "tcp", port: 7000 }],
    door: [{ protocol: "tcp", ports: [22] }],
  } as const;
  const knock = { protocol: "tcp", port: 7000 } as const;
  const tryIt = { protocol: "tcp", port: 22 } as const;

  function verdicts(change: Partial<Policy>, packets: readonly Omit<Packet, "atSeconds">[]): string {
    const ruleset = compile(complete({ ...door, ...change }), identify("door", ""));
    const sent = packets.map((packet) => ({ ...packet, atSeconds: 0 }));
    return trace(ruleset, sent)
      .map(({ verdict }) => verdict)
      .join(" ");
  }

  test.each<[string, Partial<Policy>, Omit<Packet, "atSeconds">[], string]>([
    [
      "another source",
      {},
      [
        { packet: knock, from: "192.0.2.1" },
        { packet: tryIt, from: "192.0.2.2" },
      ],
      "pass drop",
    ],
    [
      "another source of the same prefix",
      { grantPrefix: { ipv4: 24, ipv6: 64 } },
      [
        { packet: knock, from: "2001:db8::1" },
        { packet: tryIt, from: "2001:db8::ffff:2" },
        { packet: tryIt, from: "2001:db8:0:1::1" },
      ],
      "pass accept drop",
    ],
    [
      "a family without the door",
      { families: ["ipv4"] },
      [
        { packet: tryIt, from: "2001:db8::1" },
        { packet: tryIt, from: "192.0.2.1" },
      ],
      "pass drop",
    ],
    [
      "another interface",
      { interface: "wg+" },
      [
        { packet: tryIt, interface: "eth0" },
        { packet: tryIt, interface: "wg0" },
      ],
      "pass drop",
    ],
    [
      "a door that packets pass through",
      { chain: "FORWARD", interface: "eth0" },
      [
        { packet: tryIt, by: "INPUT" },
        { packet: tryIt, by: "FORWARD" },
        { packet: knock, by: "INPUT" },
        { packet: tryIt, by: "FORWARD" },
      ],
      "pass drop pass accept",
    ],
    ["an open connection", {}, [{ packet: tryIt, flow: "established" }], "accept"],
  ])("%s", (_, change, packets, expected) => {
    expect(verdicts(change, packets)).toBe(expected);
  });
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
