import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { iptables } from "../../provider/rules/iptables/backend";
import { renderDocument } from "../../provider/rules/iptables/render";
import { families, iptablesVariants, World } from "../kernel/world";
import { owned } from "../rules/observed";
import { cases } from "./cases";

const { compare, redactedLines } = iptables;

describe.each(cases)("$name", ({ knocks, ruleset, file }) => {
  const files: readonly [string, string][] = [
    ["rules.v4", renderDocument(ruleset, "ipv4")],
    ["rules.v6", renderDocument(ruleset, "ipv6")],
    ["rules.redacted", `${redactedLines(ruleset, knocks).join("\n")}\n`],
  ];

  /** UPDATE_GOLDEN=1 writes what the compiler makes now; read the difference before you commit it. */
  test.each(files)("%s", (name, text) => {
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file(name), text);
    expect(text).toBe(readFileSync(file(name), "utf8"));
  });
});

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.log("skipped: the golden documents are loaded into a real firewall by root alone");

describe.runIf(isRoot)("on a host without other rules", () => {
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
