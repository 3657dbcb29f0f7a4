import type { Policy } from "../policy/types";
import type { ListLimit } from "../rules/backend";
import { runsOut } from "./calendarEnd";
import { listCapacity } from "./capacity";
import { commonSteps } from "./common";
import { type Finding, type LintOptions, type NamedPolicy, SEVERITIES } from "./finding";
import { fewGuesses } from "./guesses";
import { type HostLists, hostListsOf } from "./hostLists";
import { lockouts } from "./lockout";
import { loopbackKnocks } from "./loopback";
import { hiddenByOtherDoors, opensOtherDoors, udpOnly } from "./neighbours";
import { publishedSequence } from "./published";
import { slowsPulumi } from "./rate";
import { scans } from "./scan";
import { tokensAlone } from "./tokensAlone";

/** What is asked of each door. */
const OF_EACH: readonly ((policy: Policy, lists: HostLists | undefined) => Finding[])[] = [
  scans,
  publishedSequence,
  fewGuesses,
  commonSteps,
  lockouts,
  listCapacity,
  runsOut,
  tokensAlone,
  loopbackKnocks,
  slowsPulumi,
];

/** What is asked of the doors of a host together. */
const OF_TOGETHER: readonly ((doors: readonly NamedPolicy[]) => Finding[])[] = [
  opensOtherDoors,
  hiddenByOtherDoors,
];

/**
 * What a policy is worth: findings, the most severe first. Pure. No finding holds a secret. `limit`: that of the backend's
 * lists.
 */
export function lint(policy: Policy, limit: ListLimit | undefined, options: LintOptions = {}): Finding[] {
  const lists = hostListsOf(limit, options);
  return bySeverity([...OF_EACH.flatMap((ask) => ask(policy, lists)), ...udpOnly([{ name: "", policy }])]);
}

/** What the doors of one host are worth, by name: each, and what they do to one another. */
export function lintDoors(
  doors: Readonly<Record<string, Policy>>,
  limit: ListLimit | undefined,
  options: LintOptions = {},
): Finding[] {
  const lists = hostListsOf(limit, options);
  const named = Object.entries(doors).map(([name, policy]): NamedPolicy => ({ name, policy }));
  const each = named.flatMap(({ name, policy }) =>
    OF_EACH.flatMap((ask) => ask(policy, lists)).map((finding) => ({
      ...finding,
      path: `${name}.${finding.path}`,
    })),
  );
  return bySeverity([...each, ...lintTogether(named), ...udpOnly(named)]);
}

/** What the doors of one host do to one another. */
export function lintTogether(doors: readonly NamedPolicy[]): Finding[] {
  return OF_TOGETHER.flatMap((ask) => ask(doors));
}

function bySeverity(findings: readonly Finding[]): Finding[] {
  return SEVERITIES.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
}
