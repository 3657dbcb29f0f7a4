import type { HostChain, Policy } from "../policy/types";
import type { Chain, Identity, Rule, Ruleset, Test, Verdict } from "./ir";
import { isForwarded, serviceTests } from "./services";

/** The host's chains by which packets come to a door: each jumps to a dispatcher of its own. */
export function hostChains({ rules }: Ruleset): HostChain[] {
  return [...new Set(rules.flatMap(({ chain }) => (chain.kind === "dispatcher" ? [chain.of] : [])))];
}

/**
 * Established flows leave first: those of this door past the host's own rules, so that an open session outlives its
 * grant; all others to the host's rules, at no more than what connection tracking costs anyway. A door through which
 * packets are forwarded hears in INPUT what is sent to the host itself.
 */
export function dispatcherRules(policy: Policy, identity: Identity): Rule[] {
  const dispatcher: Chain = { kind: "dispatcher", of: policy.chain };
  const verdict: Verdict = { kind: policy.grantVerdict };
  return [
    ...serviceTests(policy, policy.door).map(
      (test): Rule => ({
        chain: dispatcher,
        // What is forwarded comes back by another interface.
        tests: [
          ...(isForwarded(policy) ? [] : interfaceTests(policy)),
          test,
          { kind: "flow", state: "established" },
        ],
        verdict,
        comment: `portknock ${identity.id}`,
      }),
    ),
    ...wayThrough(policy, identity, policy.chain, { kind: "door" }),
    ...(isForwarded(policy) ? wayThrough(policy, identity, "INPUT", { kind: "knocks" }) : []),
  ];
}

/**
 * Where a host has several doors in one chain, its dispatcher sends packets for a door's port straight to that door, so
 * that for the others they are no knocks. The host adds these rules itself (apply.sh) once there is a second door.
 */
export function routeRules({ rules }: Ruleset): Rule[] {
  return rules
    .filter(
      ({ chain, comment, verdict }) => chain.kind === "dispatcher" && comment && verdict.kind !== "jump",
    )
    .map(({ chain, tests }) => ({
      chain,
      tests: tests.filter(({ kind }) => kind !== "flow"),
      verdict: { kind: "goto", chain: { kind: "door" } },
    }));
}

/** Past the door for established flows, and to one of its chains for all else. */
function wayThrough(policy: Policy, { owner }: Identity, of: HostChain, chain: Chain): Rule[] {
  return [
    {
      chain: { kind: "dispatcher", of },
      tests: [{ kind: "notIcmp" }, { kind: "flow", state: "established" }],
      verdict: { kind: "return" },
    },
    {
      chain: { kind: "dispatcher", of },
      tests: interfaceTests(policy),
      verdict: { kind: "jump", chain },
      comment: `portknock ${owner}`,
    },
  ];
}

function interfaceTests(policy: Policy): Test[] {
  return policy.interface === undefined ? [] : [{ kind: "interface", name: policy.interface }];
}
