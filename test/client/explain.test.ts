import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { explained } from "../../provider/client/explain/explained";
import { explainMermaid } from "../../provider/client/explain/mermaid";
import { explainSvg } from "../../provider/client/explain/svg";
import { explainText } from "../../provider/client/explain/text";
import { tracedText } from "../../provider/client/explain/traced";
import type { Policy, Step } from "../../provider/policy/types";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { iptables } from "../../provider/rules/iptables/backend";
import { parsePackets } from "../../provider/rules/trace/packets";
import { trace } from "../../provider/rules/trace/trace";
import { cases } from "../golden/cases";

const folder = join(__dirname, "explained");

/** A file of the golden folder. UPDATE_GOLDEN=1 writes what is made now; read the difference before you commit it. */
function expectGolden(name: string, text: string): void {
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(join(folder, name), text);
  expect(text).toBe(readFileSync(join(folder, name), "utf8"));
}

/** The golden policies that have an explanation. */
const names = [...new Set(readdirSync(folder).map((file) => file.split(".")[0] ?? ""))];
const chosen = cases.filter(({ name }) => names.includes(name));

test("each explanation is of a golden policy", () => {
  expect(chosen.map(({ name }) => name).sort()).toEqual([...names].sort());
});

test.each(chosen)("$name: in words, rule by rule", ({ name, policy }) => {
  expectGolden(`${name}.txt`, explainText(explained(policy, "door", false, iptables)));
});

test.each(chosen)("$name: as pictures", ({ name, policy }) => {
  expectGolden(`${name}.mmd`, explainMermaid(explained(policy, "door", false, iptables)));
  expectGolden(`${name}.svg`, explainSvg(explained(policy, "door", false, iptables)));
});

test.each(chosen)("$name: traced", ({ name, policy }) => {
  const packets = readFileSync(join(folder, `${name}.packets`), "utf8");
  const ruleset = iptables.lower(compile(policy, identify("door", "")));
  const traced = trace(ruleset, parsePackets(packets, "198.51.100.1"));
  expectGolden(
    `${name}.trace`,
    tracedText(traced, policy.sequence?.length ?? 0, ruleset.identity, "ipv4", iptables),
  );
});

const MARKERS = /4\d{4}|14\d\d|6d61726b/;

test.each(cases.filter(({ policy }) => policy.sequence))(
  "$name: in words, each knock is in it",
  ({ policy }) => {
    expect(explainText(explained(withMarkers(policy), "door", false, iptables))).toMatch(MARKERS);
  },
);

test.each(cases)("$name: redacted, no knock is in it", ({ policy }) => {
  const redacted = explained(withMarkers(policy), "door", true, iptables);
  for (const write of [explainText, explainMermaid]) {
    expect(write(redacted)).not.toMatch(MARKERS);
  }
  // A picture is full of other numbers, so its texts are looked at.
  expect(explainSvg(redacted).replace(/<[^>]*>/g, " ")).not.toMatch(MARKERS);
});

function withMarker(step: Step, index: number): Step {
  return step.protocol === "icmp"
    ? { protocol: "icmp", payloadBytes: 1400 + index }
    : { ...step, port: 40_000 + index, ...("payload" in step && { payload: "hex:6d61726b" }) };
}

/** The policy with knocks of numbers that stand nowhere else. */
function withMarkers(policy: Policy): Policy {
  return {
    ...policy,
    ...(policy.sequence && { sequence: policy.sequence.map(withMarker) }),
  };
}
