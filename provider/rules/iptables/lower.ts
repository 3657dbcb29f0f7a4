import { hostChains, isShared } from "../dispatcher";
import type { Ruleset } from "../ir";
import { arrange } from "./arrange";
import { labelRules } from "./label";
import { splitPorts } from "./slots";

/** The rules with which iptables does what a ruleset says, on a host without other doors. */
export function lower(ruleset: Ruleset): Ruleset {
  const rules = splitPorts(ruleset.rules);
  const shared = hostChains(ruleset).flatMap((of) => arrange(of, labelRules(rules, of), false));
  return {
    ...ruleset,
    rules: [...shared.map(({ rule }) => rule), ...rules.filter(({ chain }) => !isShared(chain))],
  };
}
