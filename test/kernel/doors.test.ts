import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Family, Policy } from "../../provider/policy/types";
import { compile } from "../../provider/rules/compile";
import type { Rule, Ruleset } from "../../provider/rules/ir";
import { chainName, identify } from "../../provider/rules/names";
import { renderJump, renderRule } from "../../provider/rules/recent/render";
import { complete } from "../policy/complete";
import { buildInjector, inject, type Salvo, type Sent } from "./inject";
import { type Line, ping, script, tcp, udp } from "./script";
import { families, type Variant, variants, World } from "./world";

const times = { openForSeconds: 60, stepTimeoutSeconds: 60 };
const one = complete({
  ...times,
  sequence: [tcp(7000), udp(7001)],
  door: [{ protocol: "tcp", ports: [22] }],
  ignore: [],
});
const two = complete({
  ...times,
  sequence: [udp(8000), tcp(8001)],
  door: [{ protocol: "tcp", ports: [80] }],
  ignore: [],
});

/** Each door ignores what the other knows, so that the two sequences may mix. */
const mixing: readonly Policy[] = [
  { ...one, ignore: [...two.door, { protocol: "udp", ports: [8000] }, { protocol: "tcp", ports: [8001] }] },
  { ...two, ignore: [...one.door, { protocol: "udp", ports: [7001] }, { protocol: "tcp", ports: [7000] }] },
];

const [A1, A2, B1, B2] = [tcp(7000), udp(7001), udp(8000), tcp(8001)];
const A = tcp(22);
const B = tcp(80);

const cases: readonly { name: string; policies: readonly Policy[]; lines: Line[]; open: string }[] = [
  { name: "no knock", policies: [one, two], lines: [], open: "" },
  { name: "the first door's", policies: [one, two], lines: [A1, A2], open: "A" },
  { name: "the second door's", policies: [one, two], lines: [B1, B2], open: "B" },
  { name: "one after the other", policies: [one, two], lines: [A1, A2, B1, B2], open: "AB" },
  { name: "the other after the one", policies: [one, two], lines: [B1, B2, A1, A2], open: "AB" },
  { name: "with tries at its own door", policies: [one, two], lines: [A1, A, A2, A, B1, B, B2], open: "AB" },
  { name: "each a wrong knock for the other", policies: [one, two], lines: [A1, B1, A2, B2], open: "" },
  { name: "a ping between is wrong for both", policies: mixing, lines: [A1, B1, ping(8), A2, B2], open: "" },
  { name: "mixed, where each ignores the other", policies: mixing, lines: [A1, B1, A2, B2], open: "AB" },
  { name: "mixed, with tries at both", policies: mixing, lines: [B1, A, A1, B, A2, B, B2], open: "AB" },
];

/** One dispatcher for all doors: what each accepts of established flows, the way out for all others, and the jumps. */
function document(rulesets: readonly Ruleset[], family: Family): string {
  const kindOf = ({ chain, verdict }: Rule) =>
    chain.kind === "dispatcher" ? ["accept", "return", "jump"].indexOf(verdict.kind) : 3;
  const lines = rulesets.flatMap(({ rules, identity }) =>
    rules.map((rule) => ({ kind: kindOf(rule), text: renderRule(rule, identity, family) })),
  );
  lines.sort((a, b) => a.kind - b.kind);
  const texts = [...new Set(lines.map(({ text }) => text))];
  const chains = new Set(
    rulesets.flatMap(({ rules, identity }) => rules.map(({ chain }) => chainName(chain, identity))),
  );
  return [
    "*filter",
    ...[...chains].map((chain) => `:${chain} -`),
    ...texts,
    renderJump("INPUT"),
    "COMMIT",
    "",
  ].join("\n");
}

describe.each(variants)("two doors, %s", (variant: Variant) => {
  let world: World;
  let sent: readonly Sent[][] = [];
  const runs = cases.flatMap(({ name, lines, policies, open }, index) =>
    families.map((family) => {
      const host = policies === mixing ? "mixing" : "plain";
      const salvo: Salvo = { host, family, source: index + 1, shots: script(...lines, A, B) };
      return { name: `${name}, ${family}`, open, salvo };
    }),
  );

  beforeAll(async () => {
    await buildInjector();
    world = await World.start();
    await world.addHosts(["plain", "mixing"]);
    for (const [host, policies] of Object.entries({ plain: [one, two], mixing })) {
      const rulesets = policies.map((policy, index) => compile(policy, identify(`door ${index}`, host)));
      for (const family of families) await world.restore(host, variant, family, document(rulesets, family));
    }
    sent = await inject(
      world,
      runs.map(({ salvo }) => salvo),
    );
  });
  afterAll(() => world.stop());

  test.each(runs.map((run, index) => ({ ...run, index })))("$name", ({ open, index }) => {
    const [a, b] = (sent[index] ?? []).slice(-2);
    expect(`${a?.answer === "reset" ? "A" : ""}${b?.answer === "reset" ? "B" : ""}`).toBe(open);
  });
});
