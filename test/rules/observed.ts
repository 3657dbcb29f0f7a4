import type { Family } from "../../provider/policy/types";
import type { Observed } from "../../provider/rules/compare";
import type { Identity, Ruleset } from "../../provider/rules/ir";
import { chainOf } from "../../provider/rules/names";
import { JUMP, renderRule } from "../../provider/rules/recent/render";

/** The owned lines of what iptables-save printed, as `compare` wants them: jumps with their place in INPUT. */
export function owned(saved: string, identity: Identity): string[] {
  let place = 0;
  return saved.split("\n").flatMap((line) => {
    const [verb, chain = "", ...rest] = line.split(" ");
    if (verb !== "-A") return [];
    if (chain === "INPUT") place++;
    if (chain === "INPUT" && rest.at(-1) === "PORTKNOCK") return [`-I INPUT ${place} ${rest.join(" ")}`];
    return chainOf(chain, identity) ? [line] : [];
  });
}

/** The lines of a host that holds exactly a ruleset. */
export function heldLines({ rules, identity }: Ruleset, family: Family): string[] {
  return [JUMP, ...rules.map((rule) => renderRule(rule, identity, family))];
}

export function held(ruleset: Ruleset): Required<Observed> {
  return { ipv4: heldLines(ruleset, "ipv4"), ipv6: heldLines(ruleset, "ipv6") };
}
