import type { Family } from "../../provider/policy/types";
import type { Observed } from "../../provider/rules/backend";
import { hostChains } from "../../provider/rules/dispatcher";
import { rulesIn } from "../../provider/rules/families";
import { lower } from "../../provider/rules/iptables/lower";
import { chainOf } from "../../provider/rules/iptables/names";
import { renderJump, renderRule } from "../../provider/rules/iptables/render";
import type { Identity, Ruleset } from "../../provider/rules/ir";

/** The owned lines of what iptables-save printed, as `compare` wants them: jumps with their place in INPUT. */
export function owned(saved: string, identity: Identity): string[] {
  const places = new Map<string, number>();
  return saved.split("\n").flatMap((line) => {
    const [verb, chain = "", ...rest] = line.split(" ");
    if (verb !== "-A") return [];
    const place = (places.get(chain) ?? 0) + 1;
    places.set(chain, place);
    if (/^PORTKNOCK/.test(rest.at(-1) ?? "")) return [`-I ${chain} ${place} ${rest.join(" ")}`];
    return chainOf(chain, identity) ? [line] : [];
  });
}

/** The lines of a host that holds exactly a ruleset. */
export function heldLines(ruleset: Ruleset, family: Family): string[] {
  if (!ruleset.families.includes(family)) return [];
  const rules = rulesIn(lower(ruleset), family).map((rule) => renderRule(rule, ruleset.identity, family));
  return [...hostChains(ruleset).map(renderJump), ...rules];
}

export function held(ruleset: Ruleset): Required<Observed> {
  return { ipv4: heldLines(ruleset, "ipv4"), ipv6: heldLines(ruleset, "ipv6") };
}
