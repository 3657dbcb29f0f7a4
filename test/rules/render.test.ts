import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { payloadOf } from "../../provider/policy/payload";
import { formatStep } from "../../provider/policy/text";
import type { Family, Policy, Sequence, Step } from "../../provider/policy/types";
import { compile } from "../../provider/rules/compile";
import { familyOf, rulesIn } from "../../provider/rules/families";
import { identify } from "../../provider/rules/identity";
import { iptables } from "../../provider/rules/iptables/backend";
import { chainName, chainOf, listName, listOf } from "../../provider/rules/iptables/names";
import { parseRule } from "../../provider/rules/iptables/parse";
import { renderDocument, renderRule } from "../../provider/rules/iptables/render";
import { policies } from "../policy/arbitrary";
import type { Sequenced } from "../policy/complete";
import { seed } from "../policy/seed";

const { lower, redactedLines } = iptables;

const family = fc.constantFrom<Family>("ipv4", "ipv6");
const owners = fc.string({ unit: "binary", maxLength: 300 });
const options = { seed: seed() };

test("a rule is read back as it was written", () => {
  fc.assert(
    fc.property(policies(), owners, family, (policy, owner, family) => {
      const ruleset = compile(policy, identify(owner, "h1"));
      const { identity } = ruleset;
      for (const rule of rulesIn(lower(ruleset), family))
        expect(parseRule(renderRule(rule, identity, family), identity, family)).toEqual(rule);
    }),
    options,
  );
});

test("another door's rules, and the other family's, are foreign", () => {
  fc.assert(
    fc.property(policies(), (policy) => {
      const { rules, identity } = compile(policy, identify("mine", "h1"));
      const other = identify("theirs", "h1");
      for (const rule of rules.filter(({ chain }) => chain.kind !== "dispatcher")) {
        expect(parseRule(renderRule(rule, identity, "ipv4"), other, "ipv4")).toBeUndefined();
        const usesList = rule.move !== undefined || rule.tests.some(({ kind }) => kind === "in");
        if (usesList && familyOf(rule) === undefined)
          expect(parseRule(renderRule(rule, identity, "ipv4"), identity, "ipv6")).toBeUndefined();
      }
    }),
    options,
  );
});

/** The same policy with other knocks in the same places: what shows no secret is the same for both. */
function withOtherKnocks(policy: Sequenced): Sequenced {
  const knocks = new Map<string, Step>();
  let port = 1;
  const isFree = (candidate: number) =>
    [...policy.door, ...policy.ignore].every(
      (item) =>
        item.protocol === "icmp" ||
        item.ports.every((ports) => {
          const [first = 0, last = first] = String(ports).split("-").map(Number);
          return candidate < first || candidate > last;
        }),
    );
  for (const step of [...policy.sequence, ...(policy.previous?.sequence ?? [])]) {
    if (knocks.has(formatStep(step))) continue;
    while (!isFree(port)) port++;
    const other: Step =
      step.protocol === "icmp"
        ? { protocol: "icmp", payloadBytes: (step.payloadBytes + 1) % 1453 }
        : { ...step, port: port++, ...(payloadOf(step).length > 0 && { payload: "hex:0b5c" }) };
    knocks.set(formatStep(step), other);
  }
  const other = (sequence: Sequence) => sequence.map((step) => knocks.get(formatStep(step)) ?? step);
  const { previous } = policy;
  return {
    ...policy,
    sequence: other(policy.sequence),
    ...(previous && { previous: { ...previous, sequence: other(previous.sequence) } }),
  };
}

describe("nothing that others may see depends on the knocks", () => {
  const pairs = policies().map((policy) => ({ policy, other: withOtherKnocks(policy) ?? policy }));
  const identity = identify("stack::door", "h1");
  const both = <T>(pair: { policy: Policy; other: Policy }, see: (policy: Policy) => T) => {
    expect(see(pair.policy)).toEqual(see(pair.other));
  };

  test("redacted lines", () => {
    fc.assert(
      fc.property(pairs, (pair) => both(pair, (policy) => redactedLines(compile(policy, identity), policy))),
      options,
    );
  });

  test("any line of a document but those that ask for a knock", () => {
    const shown = (policy: Policy, family: Family) => {
      const ruleset = compile(policy, identity);
      const asks = rulesIn(lower(ruleset), family)
        .filter(({ tests }) => tests.some(({ kind }) => kind === "knock" || kind === "firstPorts"))
        .map((rule) => renderRule(rule, identity, family));
      return renderDocument(ruleset, family)
        .split("\n")
        .filter((line) => !asks.includes(line));
    };
    fc.assert(
      fc.property(pairs, family, (pair, family) => both(pair, (policy) => shown(policy, family))),
      options,
    );
  });

  test("names of chains and lists, and comments", () => {
    fc.assert(
      fc.property(pairs, family, (pair, family) =>
        both(pair, (policy) =>
          [
            ...renderDocument(compile(policy, identity), family).matchAll(
              /^:.*|(?<=-[Ajg] )\S+|(?<=--name )\S+|(?<=--comment )("[^"]*"|\S+)/gm,
            ),
          ].map(String),
        ),
      ),
      options,
    );
  });
});

test("names and comments are within netfilter's limits, whatever the owner is called", () => {
  fc.assert(
    fc.property(policies(), owners, family, (policy, owner, family) => {
      const document = renderDocument(compile(policy, identify(owner, "h1")), family);
      for (const [name] of document.matchAll(/(?<=^:)\S+/gm)) expect(name.length).toBeLessThanOrEqual(28);
      for (const [name] of document.matchAll(/(?<=--(?:hashlimit-)?name )\S+/g))
        expect(name.length).toBeLessThanOrEqual(199);
      for (const [, text = ""] of document.matchAll(/--log-prefix "([^"]*)"/g))
        expect(text.length).toBeLessThanOrEqual(29);
      for (const [, text = ""] of document.matchAll(/--comment "([^"]*)"/g))
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(255);
      for (const line of document.split("\n").filter((text) => text.startsWith("-A")))
        expect(line).toMatch(
          /^-A (PORTKNOCK(-FORWARD|-DOCKER-USER)?|PK-000000000[012]-r?[a-z]+\d+|PK-[0-9a-f]{10}(-[AB]|-B?\d+|-[a-z]+)?) [ -~]*$/,
        );
    }),
    options,
  );
});

test("names are read back, and no other name is taken for one", () => {
  const { id } = identify("stack::door", "h1");
  for (const chain of [
    ...(["INPUT", "FORWARD", "DOCKER-USER"] as const).map((of) => ({ kind: "dispatcher", of }) as const),
    ...(["door", "allowed", "denied", "knocks", "attempt", "wrong"] as const).map((kind) => ({ kind })),
    { kind: "attempt", slot: "b" } as const,
    { kind: "stage", stage: 15 } as const,
    { kind: "stage", stage: 15, slot: "b" } as const,
    ...(["INPUT", "FORWARD", "DOCKER-USER"] as const).flatMap((of) => [
      ...(["every", "underWay", "own"] as const).map((kind) => ({ kind, of })),
      ...["", "tcp0", "rudp12"].map((name) => ({ kind: "part" as const, of, name })),
      ...["ftcp0", "fudp10", "orig", "ping"].map((name) => ({ kind: "firsts" as const, of, name })),
    ]),
    { kind: "calendar" } as const,
    { kind: "day", date: "2026-11-25" } as const,
    { kind: "window", date: "2026-11-25", time: "13:00" } as const,
    { kind: "heard", knock: 0 } as const,
    { kind: "heard", knock: 16, slot: "b" } as const,
  ])
    expect(chainOf(chainName(chain, { id }), { id })).toEqual(chain);
  for (const family of ["ipv4", "ipv6"] as const)
    for (const list of [
      ...(["grant", "wrong", "deaf"] as const).map((kind) => ({ kind })),
      { kind: "grant", prefix: { [family]: 24 } } as const,
      { kind: "stage", stage: 15 } as const,
      { kind: "stage", stage: 15, slot: "b" } as const,
      ...(["known", "advanced", "underWay"] as const).map((kind) => ({ kind })),
    ])
      expect(listOf(listName(list, { id }, family), { id }, family)).toEqual(list);
  for (const name of [
    `PK-${id}-X`,
    `PK-${id}-D2026112`,
    `PK-${id}-W1300`,
    `PK-${id}-K`,
    `PK-${id}-Ba`,
    `PK-${id}-A1`,
    `PK-${id}0`,
    `PK-${id}-`,
    `XPK-${id}`,
    "PORTKNOCK2",
    "INPUT",
    "",
  ])
    expect(chainOf(name, { id })).toBeUndefined();
});
