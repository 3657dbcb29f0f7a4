import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { hostFile } from "../../provider/host/script";
import { portRanges } from "../../provider/policy/ports";
import type { Family, Step } from "../../provider/policy/types";
import { parseRule } from "../../provider/rules/iptables/parse";
import type { Ruleset } from "../../provider/rules/ir";
import { trace } from "../../provider/rules/trace/trace";
import { cases } from "../golden/cases";

/** In no network that a golden policy names. */
const SOURCES: Readonly<Record<Family, string>> = { ipv4: "203.0.113.9", ipv6: "3fff::9" };
const DAY = Date.parse("2026-11-25T12:00:00Z") / 1000;

const rows = cases.flatMap((one) =>
  one.ruleset.families.map((family) => ({
    ...one,
    family,
    document: readFileSync(one.file(`rules.v${family.slice(-1)}`), "utf8"),
  })),
);

/** The ruleset that a document is. */
function read(document: string, { identity }: Ruleset, family: Family): Ruleset {
  const lines = document.split("\n").filter((line) => line.startsWith("-A "));
  const rules = lines.flatMap((line) => parseRule(line, identity, family) ?? []);
  expect(rules).toHaveLength(lines.length);
  return { identity, families: [family], rules, lists: [] };
}

/** Every knock that the full ruleset knows, in order, and a try at each port of the door after each. */
function packets({ rules }: Ruleset, family: Family, door: readonly Step[]) {
  const knocks = rules.flatMap(({ tests }) =>
    tests.flatMap((one) => (one.kind === "knock" ? [one.step] : [])),
  );
  return [...knocks, ...knocks].flatMap((knock) =>
    [knock, ...door].map((packet) => ({ packet, from: SOURCES[family], atSeconds: 0 })),
  );
}

describe.each([["dash"], ["busybox", "sh"]])("rules without their lists, by %s", (...shell) => {
  const [command = "", ...args] = shell;
  const without = (rules: string) =>
    execFileSync(command, [...args, "-c", `${hostFile("lib/lists.sh")}\nwithout_lists "$1"`, "sh", rules], {
      encoding: "utf8",
    });

  test.each(rows)(
    "$name, $family: name none, and open the door to nobody",
    ({ policy, ruleset, family, document }) => {
      const left = without(document);
      expect(left).not.toMatch(/pk[46]-/);
      expect(left.split("\n").filter((line) => line.startsWith(":"))).toEqual(
        document.split("\n").filter((line) => line.startsWith(":")),
      );
      const door = policy.door.flatMap(({ protocol, ports }) =>
        portRanges(ports).map(({ first }): Step => ({ protocol, port: first })),
      );
      const isTry = (packet: Step) => door.includes(packet);
      const sent = packets(ruleset, family, door);
      const verdicts = trace(read(left, ruleset, family), sent, DAY)
        .filter(({ packet }) => isTry(packet))
        .map(({ verdict }) => verdict);
      expect(new Set(verdicts)).toEqual(new Set(sent.length === 0 ? [] : [policy.closedResponse]));
    },
  );
});

test("the whole rules do open it", () => {
  const opened = rows.filter(({ policy, ruleset, family }) => {
    const door = policy.door.flatMap(({ protocol, ports }) =>
      portRanges(ports).map(({ first }): Step => ({ protocol, port: first })),
    );
    return trace(ruleset, packets(ruleset, family, door), DAY).some(({ verdict }) => verdict === "accept");
  });
  expect(opened.length).toBeGreaterThan(20);
});
