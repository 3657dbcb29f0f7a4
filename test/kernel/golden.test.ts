import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { iptables } from "../../provider/rules/iptables/backend";
import { cases } from "../golden/cases";
import { owned } from "../rules/observed";
import { families, iptablesVariants, World } from "./world";

const { compare, redactedLines } = iptables;

describe("the golden documents, on a host without other rules", () => {
  let world: World;

  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.stop());

  const runs = iptablesVariants.flatMap((variant) => cases.map((one, index) => ({ ...one, variant, index })));

  test.each(runs)(
    "$name loads and reads back, $variant",
    async ({ knocks, ruleset, variant, index, file }) => {
      const host = `${variant === "legacy" ? "l" : "n"}${index}`;
      await world.addHosts([host]);
      const observed: { ipv4?: readonly string[]; ipv6?: readonly string[] } = {};
      for (const family of families) {
        const document = readFileSync(file(family === "ipv4" ? "rules.v4" : "rules.v6"), "utf8");
        await world.restore(host, variant, family, document);
        observed[family] = owned(await world.save(host, variant, family), ruleset.identity);
      }
      const { isPresent, isEqual, lines } = compare(ruleset, knocks, observed);
      expect({ isPresent, isEqual, lines }).toEqual({
        ...{ isPresent: true, isEqual: true },
        lines: redactedLines(ruleset, knocks),
      });
    },
  );
});
