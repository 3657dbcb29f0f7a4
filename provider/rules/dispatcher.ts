import type { TokenList } from "../policy/tokens";
import type { HostChain, Policy } from "../policy/types";
import type { Approach } from "./approach";
import type { Chain, Identity, Rule, Ruleset, Test, Verdict } from "./ir";
import { knockTest } from "./knocks";
import { isForwarded, serviceTests } from "./services";
import { tokenShape } from "./tokenRules";

/** The host's chains by which packets come to a door: each jumps to a dispatcher of its own. */
export function hostChains({ rules }: Ruleset): HostChain[] {
  return [...new Set(rules.flatMap(({ chain }) => (chain.kind === "dispatcher" ? [chain.of] : [])))];
}

/** Whether a chain has rules of all doors of a host. */
export function isShared(chain: Chain): chain is Extract<Chain, { readonly of: HostChain }> {
  return "of" in chain;
}

/**
 * Which packets a door is asked about. A host with many doors must not ask each of them about every packet, so the
 * dispatchers hear first knocks for them, and remember who has sent one:
 *
 * Established flows leave first: those of this door past the host's own rules, so that an open session outlives its
 * grant; all others to the host's rules, at no more than what connection tracking costs anyway. A packet for a door's port
 * goes to that door, and is no knock for the others. What is left is for the doors that may hear a knock in it: all of
 * them where its source is past a second knock, else those that the source is under way to, and those of which it is
 * the first knock. A door that must see every packet is asked always.
 *
 * A door through which packets are forwarded hears in INPUT what is sent to the host itself.
 */
export function dispatcherRules(
  policy: Policy,
  identity: Identity,
  approach: Approach,
  tokens: TokenList | undefined,
): Rule[] {
  const { chain: of } = policy;
  const dispatcher: Chain = { kind: "dispatcher", of };
  const services = serviceTests(policy, policy.door);
  // What is forwarded comes back by another interface.
  const back = isForwarded(policy) ? [] : interfaceTests(policy);
  return [
    ...services.map(
      (test): Rule => ({
        chain: dispatcher,
        tests: [...back, test, { kind: "flow", state: "established" }],
        verdict: { kind: policy.grantVerdict },
        comment: `portknock ${identity.id}`,
      }),
    ),
    leave(of),
    ...services.map(
      (test): Rule => ({
        chain: dispatcher,
        tests: [...interfaceTests(policy), test],
        verdict: { kind: "goto", chain: { kind: "door" } },
      }),
    ),
    ...hearing(policy, identity, approach, tokens, of),
    ...(isForwarded(policy) ? [leave("INPUT"), ...hearing(policy, identity, approach, tokens, "INPUT")] : []),
  ];
}

/** What is no knock for anyone, since its flow began before. */
function leave(of: HostChain): Rule {
  return {
    chain: { kind: "dispatcher", of },
    tests: [{ kind: "notIcmp" }, { kind: "flow", state: "established" }],
    verdict: { kind: "return" },
  };
}

function hearing(
  policy: Policy,
  { owner }: Identity,
  approach: Approach,
  tokens: TokenList | undefined,
  of: HostChain,
): Rule[] {
  const chain: Chain = { kind: "dispatcher", of };
  const here = interfaceTests(policy);
  const entrance: Verdict = { kind: "jump", chain: { kind: of === policy.chain ? "door" : "knocks" } };
  const { stepTimeoutSeconds: seconds } = policy;
  const underWay = { kind: "underWay" } as const;
  return [
    // Any account of the host can send this, from as many addresses as it likes, and see whether a door opened. A door hears
    // it only if it is to, and nobody else is forgotten for it.
    ...(of === "INPUT" ? ownTests.map((test): Rule => ({ chain, tests: [test], verdict: toOwn(of) })) : []),
    remembered(chain, "advanced", seconds, { kind: "goto", chain: { kind: "every", of } }),
    remembered(chain, "known", seconds, { kind: "jump", chain: { kind: "underWay", of } }),
    ...(approach.isAlways ? [{ chain, tests: here, verdict: entrance }] : []),
    ...firstTests(policy, approach, tokens).map(
      (test): Rule => ({
        chain,
        tests: [...here, test],
        ...(approach.remembers &&
          test.kind === "knock" && { move: { to: { kind: "known" }, also: underWay } }),
        verdict: entrance,
      }),
    ),
    { chain: { kind: "every", of }, tests: here, verdict: entrance, comment: `portknock ${owner}` },
    ...(approach.remembers
      ? [
          {
            chain: { kind: "underWay", of },
            tests: [...here, { kind: "in", list: underWay, seconds, refresh: true }],
            verdict: entrance,
          } satisfies Rule,
        ]
      : []),
    ...(of === "INPUT" && hearsOwn(policy)
      ? [{ chain: toOwn(of).chain, tests: here, verdict: entrance }]
      : []),
  ];
}

function remembered(chain: Chain, kind: "known" | "advanced", seconds: number, verdict: Verdict): Rule {
  return { chain, tests: [{ kind: "in", list: { kind }, seconds, refresh: true }], verdict };
}

/** Each first knock of the door, and what has the shape of a token. None of a door that is asked always. */
function firstTests(policy: Policy, { isAlways, firsts }: Approach, tokens: TokenList | undefined): Test[] {
  if (isAlways) return [];
  return [...firsts.map((step) => knockTest(policy, step)), ...(tokens ? [tokenShape(policy, tokens)] : [])];
}

const ownTests: readonly Test[] = [{ kind: "loopback" }, { kind: "broadcast" }];

function toOwn(of: HostChain) {
  return { kind: "goto", chain: { kind: "own", of } } as const;
}

function hearsOwn({ loopbackKnocks, interface: name }: Policy): boolean {
  return loopbackKnocks || name === "lo";
}

function interfaceTests(policy: Policy): Test[] {
  return policy.interface === undefined ? [] : [{ kind: "interface", name: policy.interface }];
}
