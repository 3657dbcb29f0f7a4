import { expect, test } from "vitest";
import { defaultBackend } from "../../provider/door/backend";
import type { PolicyArgs } from "../../provider/policy/types";
import { parseDoorPlace } from "../../provider/resource/import/doorPlace";
import { policyOfRules } from "../../provider/resource/import/policyOfRules";
import { compile } from "../../provider/rules/compile";
import { rulesIn } from "../../provider/rules/families";
import type { Ruleset } from "../../provider/rules/ir";
import { cases } from "../golden/cases";
import { complete } from "../policy/complete";

/** The rules of a family as the host lists them. */
function listed(ruleset: Ruleset, family: "ipv4" | "ipv6") {
  const lowered = defaultBackend.lower(ruleset);
  const lines = rulesIn(lowered, family).map((rule) =>
    defaultBackend.renderRule(rule, ruleset.identity, family),
  );
  return lines.flatMap((line) => defaultBackend.parseRule(line, ruleset.identity, family) ?? []);
}

test.each(cases)(
  "$name is read back from its rules, or an option is refused by its name",
  ({ policy, ruleset }) => {
    const read = policyOfRules({ ipv4: listed(ruleset, "ipv4"), ipv6: listed(ruleset, "ipv6") });
    if ("unreadable" in read) {
      const names = Object.keys(policy).filter((name) => ["calendar", "oneTime"].includes(name));
      expect(read.unreadable.map((text) => text.split(":")[0])).toEqual(names.map((name) => `\`${name}\``));
      return;
    }
    const again = compile(complete(read.policy as unknown as PolicyArgs), ruleset.identity, {
      ...(read.slot && { slot: read.slot }),
    });
    for (const family of ["ipv4", "ipv6"] as const)
      expect(listed(again, family)).toEqual(listed(ruleset, family));
    expect(read.policy.sequence).toEqual(policy.sequence);
  },
);

test.each([
  ["192.0.2.10", { host: "192.0.2.10" }],
  ["web1.example.com/0123456789", { host: "web1.example.com", doorId: "0123456789" }],
  ["ops@192.0.2.10:2222", { host: "192.0.2.10", user: "ops", port: 2222 }],
  ["2001:db8::1", { host: "2001:db8::1" }],
  [
    "ops@[2001:db8::1]:2222/0123456789",
    { host: "2001:db8::1", user: "ops", port: 2222, doorId: "0123456789" },
  ],
  ["", undefined],
  ["192.0.2.10/xyz", undefined],
  ["a b", undefined],
])("the id %s", (text, place) => {
  expect(parseDoorPlace(text)).toEqual(place);
});
