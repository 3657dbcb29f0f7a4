import { hiddenKnocks } from "../derive/schedule";
import { defaultBackend } from "../door/backend";
import { compileAt } from "../door/compileAt";
import type { Finding, LintOptions } from "../lint/finding";
import { lintDoors as lintPolicies, lint as lintPolicy } from "../lint/lint";
import type { Family, Policy, PolicyArgs } from "../policy/types";
import { validatePolicy } from "../policy/validate";
import { textFor } from "../rules/backend";
import { identify } from "../rules/identity";
import type * as ir from "../rules/ir";
import { type Packet, parsePackets } from "../rules/trace/packets";
import { type Traced, trace as traceRules } from "../rules/trace/trace";
import { type Ruleset, unwrap, wrap } from "./ruleset";

/**
 * What can be said of a policy without a host, for unit tests of programs. All are pure. Each throws a TypeError that
 * names every wrong field of the policy, and no value.
 */

/** The rules of a door, for `renderDocument`. Those of a calendar begin on the day of `at` (default: now). */
export function compile(policy: PolicyArgs, name = "door", at = new Date()): Ruleset {
  return wrap(rulesOf(policy, name, at));
}

/**
 * What `iptables-restore --noflush` takes (for "ipv6" `ip6tables-restore --noflush`) to put the door on a host without any.
 * Empty for a family in which the door has no rules.
 */
export function renderDocument(ruleset: Ruleset, family: Family): string {
  return textFor(defaultBackend.documents(unwrap(ruleset)), family);
}

/** What a policy is worth, the most severe first. */
export function lint(policy: PolicyArgs, options: LintOptions = {}): Finding[] {
  return lintPolicy(completed(policy), defaultBackend.listLimit, options);
}

/** What the doors of one host are worth, by name: each, and what they do to one another. */
export function lintDoors(doors: Readonly<Record<string, PolicyArgs>>, options: LintOptions = {}): Finding[] {
  const policies = Object.entries(doors).map(([name, policy]) => [name, completed(policy)] as const);
  return lintPolicies(Object.fromEntries(policies), defaultBackend.listLimit, options);
}

/**
 * What the rules do with packets, by the rules themselves: `trace(policy, "tcp/7000 udp/8000 +6s tcp/22")`. The first
 * is sent at `at`: where that is not told, now to a calendar, and else so early that a previous sequence is accepted.
 * @throws SyntaxError where packets are text, and not written so.
 */
export function trace(policy: PolicyArgs, packets: string | readonly Packet[], at?: Date): Traced[] {
  const startSeconds =
    at === undefined && policy.calendar === undefined ? 0 : (at ?? new Date()).getTime() / 1000;
  const sent = typeof packets === "string" ? parsePackets(packets) : packets;
  return traceRules(rulesOf(policy, "door", at ?? new Date()), sent, startSeconds);
}

function rulesOf(policy: PolicyArgs, name: string, at: Date): ir.Ruleset {
  return compileAt(completed(policy), identify(name, ""), at.getTime());
}

function completed(policy: PolicyArgs): Policy {
  const { value, failures: wrong } = validatePolicy({ ...policy });
  const failures = [...wrong, ...hiddenKnocks(value)];
  if (failures.length === 0) return value as Policy;
  throw new TypeError(failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
}
