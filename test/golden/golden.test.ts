import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { iptables } from "../../provider/rules/iptables/backend";
import { renderDocument } from "../../provider/rules/iptables/render";
import { cases } from "./cases";

const { redactedLines } = iptables;

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
