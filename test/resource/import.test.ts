import { expect, test } from "vitest";
import { BACKENDS, type BackendName } from "../../provider/door/backend";
import type { Family, PolicyArgs } from "../../provider/policy/types";
import { parseDoorPlace } from "../../provider/resource/import/doorPlace";
import { policyOfRules } from "../../provider/resource/import/policyOfRules";
import { compile } from "../../provider/rules/compile";
import type { Ruleset } from "../../provider/rules/ir";
import { cases } from "../golden/cases";
import { complete } from "../policy/complete";
import { heldByNft } from "../rules/heldByNft";
import { held } from "../rules/observed";

const HELD = { iptables: held, nftables: heldByNft } as const;

/** The rules of a door as a host lists them. */
function listed(of: BackendName, ruleset: Ruleset, family: Family) {
  const { identity } = ruleset;
  return HELD[of](ruleset)[family].flatMap((line) => BACKENDS[of].parseRule(line, identity, family) ?? []);
}

const names = Object.keys(BACKENDS) as BackendName[];
const possible = names.flatMap((of) =>
  cases.filter(({ policy }) => BACKENDS[of].unsupported(policy).length === 0).map((one) => ({ ...one, of })),
);

test.each(possible)(
  "$of, $name: is read back from its rules, or an option is refused by its name",
  ({ of, policy, ruleset }) => {
    const read = policyOfRules({ ipv4: listed(of, ruleset, "ipv4"), ipv6: listed(of, ruleset, "ipv6") });
    if ("unreadable" in read) {
      const names = Object.keys(policy).filter((name) => ["calendar", "oneTime"].includes(name));
      expect(read.unreadable.map((text) => text.split(":")[0])).toEqual(names.map((name) => `\`${name}\``));
      return;
    }
    const again = compile(complete(read.policy as unknown as PolicyArgs), ruleset.identity, {
      ...(read.slot && { slot: read.slot }),
    });
    for (const family of ["ipv4", "ipv6"] as const)
      expect(listed(of, again, family)).toEqual(listed(of, ruleset, family));
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
