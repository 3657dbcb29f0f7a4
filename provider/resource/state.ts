import type { Door } from "../door/door";
import type { NamedKnockSource } from "../door/knockSources";
import type { Properties } from "../door/properties";
import { calendarOutputs, calendarWarnings } from "../door/startedCalendar";
import type { ConfirmedChange } from "../host/apply/change";
import type { HostSnapshot } from "../host/apply/snapshot";
import { type TokenList, unusedTokens } from "../policy/tokens";
import type { Comparison } from "../rules/iptables/compare";
import { listName } from "../rules/iptables/names";
import { redactedLines } from "../rules/iptables/redact";
import type { AccessHistory } from "./access";
import { tokensAsSeen } from "./checkedTokens";
import { knockCommand } from "./knockCommand";

/** The shape of the outputs. Every released one is accepted for ever: old state is read by newer code. */
export const STATE_VERSION = 1;

/** The outputs of a door: its inputs, what the host holds, and how to knock. JSON only; no key may be undefined. */
export function stateOf(
  { refill, ...inputs }: Properties,
  door: Door,
  { hostKey, proxyHostKey, persistence, warnings, unused }: HostSnapshot,
  { lines }: Comparison,
  verified: ConfirmedChange["verified"],
  { spareKnocks = [] }: AccessHistory,
): Properties {
  return {
    ...inputs,
    ...(door.tokens && tokensIn(door, door.tokens, unused)),
    rules: lines,
    stateVersion: STATE_VERSION,
    hostKey,
    ...(proxyHostKey !== undefined && { proxyHostKey }),
    persistence,
    warnings: [...warnings, ...calendarWarnings(door.calendar, Date.now())],
    ...calendarOutputs(door.calendar, Date.now()),
    ...(verified && { verified }),
    ...(spareKnocks.length > 0 && { spareKnocks }),
    knockCommand: knockCommand(door, String(inputs.owner)),
  };
}

/** The tokens as the host has them, and how many are left. */
function tokensIn({ identity, policy }: Door, list: TokenList, unused: HostSnapshot["unused"]): Properties {
  const tokens = tokensAsSeen(list, (name) =>
    policy.families.every(
      (family) => unused[family]?.includes(listName({ kind: "token", name }, identity, family)) ?? true,
    ),
  );
  return { tokens, tokensLeft: unusedTokens(tokens).length };
}

/**
 * Inputs as they stand in outputs of any version.
 * @throws Error where a newer release wrote them.
 */
export function inputsOf(state: Properties): Properties {
  const {
    stateVersion,
    hostKey,
    proxyHostKey,
    persistence,
    verified,
    knockCommand,
    warnings,
    spareKnocks,
    tokensLeft,
    calendarUntil,
    calendarDaysLeft,
    ...inputs
  } = state;
  if (stateVersion !== STATE_VERSION) {
    throw new Error(
      `this state is of version ${stateVersion}, written by a newer pulumi-portknock: upgrade this one`,
    );
  }
  return inputs;
}

/** What the outputs remember of the host, and whether it lacked rules of the door when it was last read. */
export function accessHistoryOf(
  { hostKey, proxyHostKey, spareKnocks, tokens, rules }: Properties,
  { connection: { proxy }, ruleset, knocks }: Door,
): AccessHistory {
  return {
    ...(tokens !== undefined && { tokens: tokens as TokenList }),
    lacksRules: Array.isArray(rules) && redactedLines(ruleset, knocks).some((line) => !rules.includes(line)),
    ...(typeof hostKey === "string" && { hostKey }),
    ...(typeof proxyHostKey === "string" &&
      proxy && { proxy: { host: proxy.host, port: proxy.port, hostKey: proxyHostKey } }),
    ...(Array.isArray(spareKnocks) && { spareKnocks: spareKnocks as NamedKnockSource[] }),
  };
}

/** What was seen of the door when it was last changed. */
export function lastVerified(state: Properties): ConfirmedChange["verified"] {
  return state.verified as ConfirmedChange["verified"];
}
