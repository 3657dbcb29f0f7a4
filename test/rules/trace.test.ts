import { describe, expect, test } from "vitest";
import type { Policy } from "../../provider/policy/types";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { iptables } from "../../provider/rules/iptables/backend";
import type { Rule, Ruleset } from "../../provider/rules/ir";
import { nftables } from "../../provider/rules/nftables/backend";
import { type Packet, parsePackets } from "../../provider/rules/trace/packets";
import { trace } from "../../provider/rules/trace/trace";
import { complete } from "../policy/complete";
import { expectNeighboursTraced, expectTraced } from "./traced";

describe.each([iptables, nftables])("as $name has them", ({ lower }) => {
  test("the rules, traced, do what the automaton says", () => expectTraced(200, lower));

  test("so they do where neighbours share grants and lockouts", () => expectNeighboursTraced(100, lower));
});

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
      "from the host itself",
      {},
      [
        { packet: knock, interface: "lo" },
        { packet: tryIt, interface: "lo" },
        { packet: knock },
        { packet: tryIt },
      ],
      "pass drop pass accept",
    ],
    [
      "to more hosts than this one",
      {},
      [{ packet: knock, isBroadcast: true }, { packet: tryIt }, { packet: knock }, { packet: tryIt }],
      "pass drop pass accept",
    ],
    [
      "from the host itself, where that is asked for",
      { loopbackKnocks: true },
      [
        { packet: knock, interface: "lo" },
        { packet: tryIt, interface: "lo" },
      ],
      "pass accept",
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

test("a rule that takes a source off a list is about sources on that list only", () => {
  const grant = { kind: "grant" } as const;
  const chain = { kind: "dispatcher", of: "INPUT" } as const;
  const take: Rule = { chain, tests: [], move: { from: grant }, verdict: { kind: "accept" } };
  const put: Rule = { chain, tests: [], move: { to: grant }, verdict: { kind: "drop" } };
  const ruleset: Ruleset = {
    identity: identify("door", ""),
    families: ["ipv4"],
    rules: [take, put],
    lists: [grant],
  };
  const packet = { packet: { protocol: "tcp", port: 1 }, atSeconds: 0 } as const;
  expect(trace(ruleset, [packet, packet, packet]).map(({ verdict }) => verdict)).toEqual([
    "drop",
    "accept",
    "drop",
  ]);
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
