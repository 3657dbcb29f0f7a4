import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Observed } from "../../provider/rules/backend";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { iptables } from "../../provider/rules/iptables/backend";
import { parseRule } from "../../provider/rules/iptables/parse";
import { renderDocument, renderRule } from "../../provider/rules/iptables/render";
import type { Rule } from "../../provider/rules/ir";
import { policies } from "../policy/arbitrary";
import { seed } from "../policy/seed";
import { owned } from "../rules/observed";
import { families, iptablesVariants, World } from "./world";

const { compare, redactedLines } = iptables;

const identity = identify("stack::door", "h1");
const POLICIES = 60;

/** What a host lists is what it was given, for any policy that the schema accepts. */
describe.each(iptablesVariants)("loaded and read back, %s", (variant) => {
  let world: World;

  beforeAll(async () => {
    world = await World.start();
    await world.addHosts(["h1"]);
  });
  afterAll(() => world.stop());

  /** Empties the host's tables before, since a family without rules has no document to do it. */
  async function reload(family: (typeof families)[number], document: string): Promise<string> {
    const tool = `${family === "ipv4" ? "iptables" : "ip6tables"}-${variant === "legacy" ? "legacy" : "nft"}-restore`;
    await world.run("h1", [tool], `*filter\n:DOCKER-USER -\nCOMMIT\n`);
    await world.restore("h1", variant, family, document);
    return await world.save("h1", variant, family);
  }

  test(`${POLICIES} random policies`, async () => {
    for (const policy of fc.sample(policies(), { seed: seed(), numRuns: POLICIES })) {
      const ruleset = compile(policy, identity);
      const observed: { -readonly [F in keyof Observed]: Observed[F] } = {};
      for (const family of families)
        observed[family] = owned(await reload(family, renderDocument(ruleset, family)), identity);
      const { isEqual, lines } = compare(ruleset, policy, observed);
      expect({ isEqual, lines, policy }).toEqual({
        ...{ isEqual: true, policy },
        lines: redactedLines(ruleset, policy),
      });
    }
  });

  const every = (test: (perMinute: number) => Rule["tests"][number], to: number, step: number): Rule[] =>
    Array.from({ length: Math.ceil(to / step) }, (_, index) => ({
      chain: { kind: "door" },
      tests: [test(Math.min(1 + index * step, to))],
      verdict: { kind: "return" },
    }));

  test.each([
    ["limit", every((perMinute) => ({ kind: "limit", perMinute }), 600, 1)],
    [
      "rate",
      every((rate) => ({ kind: "rate", connectionsPerMinute: rate, burst: 1 + (rate % 100) }), 6_000, 13),
    ],
  ])("every %s is written in a unit that it is read back from", async (_name, rules) => {
    for (const family of families) {
      const lines = rules.map((rule) => renderRule(rule, identity, family));
      const saved = await reload(
        family,
        ["*filter", `:PK-${identity.id} -`, ...lines, "COMMIT", ""].join("\n"),
      );
      expect(owned(saved, identity).map((line) => parseRule(line, identity, family))).toEqual(rules);
    }
  });
});
