import type { HostChain } from "../../policy/types";
import { isShared } from "../dispatcher";
import type { Rule } from "../ir";

/**
 * A dispatcher's rules that are one door's own, in the chains where the host keeps them. The host puts those of all its
 * doors together by copying them (merge_door.awk), so each says all by itself: by the chain in which it stands, what it
 * is for, and by its verdict, for which door. Chains with a number take 15 ports each; here all have the number 0.
 *
 * `tcp0`, `udp0`: packets for a port of a door whose grants are accepted; `rtcp0`, `rudp0`: of one whose grants return.
 * `est`: packets of flows that are open, of all doors.
 * `ftcp0`, `fudp0`: first knocks by their port; `orig`: by the port before address translation; `ping`: pings.
 */
export function labelRules(rules: readonly Rule[], of: HostChain): Rule[] {
  const here = rules.filter(({ chain }) => isShared(chain) && chain.of === of);
  const returns = here.some(({ tests, verdict }) => hasService(tests) && verdict.kind === "return");
  return here.flatMap((rule): Rule[] => {
    if (rule.chain.kind !== "dispatcher") return [rule];
    const { tests, verdict } = rule;
    const isFlow = tests.some(({ kind }) => kind === "flow");
    if (isFlow) return hasService(tests) && !isSimple(tests) ? [rule] : [];
    if (hasService(tests))
      return [
        { ...rule, chain: { kind: "part", of, name: isSimple(tests) ? gatePart(tests, returns) : "" } },
      ];
    if (verdict.kind !== "jump" || isShared(verdict.chain)) return [];
    const name = firstsPart(tests);
    return [
      { ...rule, chain: name === undefined ? { kind: "part", of, name: "" } : { kind: "firsts", of, name } },
    ];
  });
}

export function hasService(tests: Rule["tests"]): boolean {
  return tests.some(({ kind }) => kind === "service");
}

/** Whether one rule can ask for its ports and those of other doors. */
function isSimple(tests: Rule["tests"]): boolean {
  return tests.every((test) => test.kind !== "interface" && !(test.kind === "service" && test.isOriginal));
}

function gatePart(tests: Rule["tests"], returns: boolean): string {
  const protocol = tests.flatMap((test) => (test.kind === "service" ? [test.protocol] : [])).join();
  return `${returns ? "r" : ""}${protocol}0`;
}

/** Undefined where the rule asks for no knock: its door is asked about every packet. */
function firstsPart(tests: Rule["tests"]): string | undefined {
  for (const test of tests) {
    if (test.kind === "tokenShape") return test.isOriginal ? "orig" : "fudp0";
    if (test.kind !== "knock") continue;
    if (test.step.protocol === "icmp") return "ping";
    return test.isOriginal ? "orig" : `f${test.step.protocol}0`;
  }
  return undefined;
}
