import type { TokenList } from "../policy/tokens";
import type { Ignored, Policy, Service } from "../policy/types";
import type { Chain, Rule, Test, Verdict } from "./ir";
import { isForwarded, prefixOf, type ServiceTest, serviceTests, sharedList } from "./services";
import { tokenGate } from "./tokenRules";

const RETURN: Verdict = { kind: "return" };
const DOOR: Chain = { kind: "door" };
const KNOCKS: Chain = { kind: "knocks" };
const NEW: Test = { kind: "flow", state: "new" };

/** Opens or closes the door, and lets everything go that cannot be a knock. */
export function doorRules(policy: Policy, tokens: TokenList | undefined): Rule[] {
  const services = serviceTests(policy, policy.door);
  const closed = (chain: Chain): Rule[] =>
    services.map((test) => ({ chain, tests: [test], verdict: closedVerdict(policy, test) }));
  return [
    ...fromNetworks(policy.denyFrom, DOOR, { kind: "goto", chain: { kind: "denied" } }),
    ...fromNetworks(policy.allowFrom, DOOR, { kind: "goto", chain: { kind: "allowed" } }),
    ...grantedRules(policy, services),
    ...openSocketRules(policy, services, DOOR),
    ...lockedOutRules(policy, services),
    ...closed(DOOR),
    ...unheardRules(policy, DOOR, tokens),
    ...(policy.denyFrom.length > 0 ? closed({ kind: "denied" }) : []),
    ...(policy.allowFrom.length > 0 ? allowedRules(policy, services, closed({ kind: "allowed" })) : []),
    ...(isForwarded(policy) ? knocksRules(policy, services, tokens) : []),
  ];
}

/** A new connection of a source that holds a grant. The log sees it at the door, where no port is a knock's. */
function grantedRules(policy: Policy, services: readonly ServiceTest[]): Rule[] {
  const { rateLimit, openForSeconds, singleUse, extend } = policy;
  const grant = sharedList(policy, "grant");
  const held: Test[] = [NEW, { kind: "in", list: grant, seconds: openForSeconds }];
  const rate: Test[] = rateLimit ? [{ kind: "rate", ...rateLimit, ...prefixOf(policy) }] : [];
  const move = singleUse ? { from: grant } : extend ? { to: grant } : undefined;
  return services.flatMap((test): Rule[] => [
    ...logRules(policy, [test, ...held], "granted"),
    {
      chain: DOOR,
      tests: [test, ...held, ...rate],
      ...(move && { move }),
      verdict: { kind: policy.grantVerdict },
    },
  ]);
}

function openSocketRules(policy: Policy, services: readonly ServiceTest[], chain: Chain): Rule[] {
  if (isForwarded(policy)) return [];
  return services
    .filter(({ protocol }) => protocol === "tcp")
    .map((test) => ({
      chain,
      tests: [test, { kind: "openSocket" }],
      verdict: { kind: policy.grantVerdict },
    }));
}

/** A knock itself is never logged: the line would show its port. */
function lockedOutRules(policy: Policy, services: readonly ServiceTest[]): Rule[] {
  const deaf = deafTests(policy);
  return deaf.length === 0 ? [] : services.flatMap((test) => logRules(policy, [test, ...deaf], "lockout"));
}

function logRules({ log }: Policy, tests: readonly Test[], what: "granted" | "lockout"): Rule[] {
  if (log === undefined) return [];
  const limit: Test = { kind: "limit", perMinute: log.limitPerMinute };
  return [
    { chain: DOOR, tests: [...tests, limit], verdict: { kind: "log", prefix: `${log.prefix} ${what} ` } },
  ];
}

/** A source that needs no knock: each new connection is let in, and nothing that it sends is one. */
function allowedRules(policy: Policy, services: readonly ServiceTest[], closed: readonly Rule[]): Rule[] {
  const chain: Chain = { kind: "allowed" };
  return [
    ...services.map((test): Rule => ({ chain, tests: [test, NEW], verdict: { kind: policy.grantVerdict } })),
    ...openSocketRules(policy, services, chain),
    ...closed,
  ];
}

/** For a door that stands elsewhere: what is sent to the host itself. Its door's port is no knock here either. */
function knocksRules(
  policy: Policy,
  services: readonly ServiceTest[],
  tokens: TokenList | undefined,
): Rule[] {
  const chain = KNOCKS;
  return [
    ...fromNetworks([...policy.denyFrom, ...policy.allowFrom], chain, RETURN),
    ...services.map((test): Rule => ({ chain, tests: [test], verdict: RETURN })),
    ...unheardRules(policy, chain, tokens),
  ];
}

/**
 * What is ignored, and what a deaf source sends, but for tokens: forged packets make anyone
 * deaf, and no one guesses a token, so a lockout would protect nothing there.
 */
function unheardRules(policy: Policy, chain: Chain, tokens: TokenList | undefined): Rule[] {
  const deaf = deafTests(policy);
  return [
    ...policy.ignore
      .flatMap((ignored) => ignoredTests(policy, ignored))
      .map((test): Rule => ({ chain, tests: [test], verdict: RETURN })),
    ...(tokens ? [tokenGate(policy, chain, tokens)] : []),
    ...(deaf.length > 0 ? [{ chain, tests: deaf, verdict: RETURN }] : []),
  ];
}

/** Sends what is left, and may be a knock, to the chain that listens, while the gate is open. */
export function hearingRules(policy: Policy, listener: Chain, gate: readonly Test[] = []): Rule[] {
  const chains: Chain[] = isForwarded(policy) ? [DOOR, KNOCKS] : [DOOR];
  return chains.flatMap((chain) =>
    (["tcp", "udp", "icmp"] as const).map(
      (protocol): Rule => ({
        chain,
        tests: [{ kind: "attempt", protocol }, ...gate],
        verdict: { kind: "jump", chain: listener },
      }),
    ),
  );
}

function deafTests(policy: Policy): Test[] {
  const { lockout } = policy;
  return lockout ? [{ kind: "in", list: sharedList(policy, "deaf"), seconds: lockout.forSeconds }] : [];
}

function fromNetworks(networks: readonly string[], chain: Chain, verdict: Verdict): Rule[] {
  return networks.map((network) => ({ chain, tests: [{ kind: "source", network }], verdict }));
}

function closedVerdict({ closedResponse }: Policy, { protocol }: ServiceTest): Verdict {
  return closedResponse === "reset" ? { kind: "refuse", protocol } : { kind: "drop" };
}

function ignoredTests(policy: Policy, ignored: Ignored): Test[] {
  return ignored.protocol === "icmp"
    ? [{ kind: "attempt", protocol: "icmp" }]
    : serviceTests(policy, [ignored satisfies Service]);
}
