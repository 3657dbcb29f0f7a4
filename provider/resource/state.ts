import type { Committed } from "../host/change";
import type { Held } from "../host/held";
import type { KnownOpener } from "../host/openers";
import { type TokenList, unusedTokens } from "../policy/tokens";
import type { Comparison } from "../rules/compare";
import { listName } from "../rules/names";
import { redactedLines } from "../rules/redact";
import { calendarOutputs, calendarWarnings } from "./calendar";
import type { Door, Properties } from "./door";
import { knockCommand } from "./knockCommand";
import { seenTokens } from "./tokens";
import type { Memory } from "./ways";

/** The shape of the outputs. Every released one is accepted for ever: old state is read by newer code. */
export const STATE_VERSION = 1;

/** The outputs of a door: its inputs, what the host holds, and how to knock. JSON only; no key may be undefined. */
export function stateOf(
  { refill, ...inputs }: Properties,
  door: Door,
  { hostKey, proxyHostKey, persistence, warnings, unused }: Held,
  { lines }: Comparison,
  verified: Committed["verified"],
  { spareKnocks = [] }: Memory,
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
function tokensIn({ identity, policy }: Door, list: TokenList, unused: Held["unused"]): Properties {
  const tokens = seenTokens(list, (name) =>
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
export function memoryOf(
  { hostKey, proxyHostKey, spareKnocks, connection, tokens, rules }: Properties,
  { ruleset, knocks }: Door,
): Memory {
  const { proxy } = (connection ?? {}) as {
    readonly proxy?: { readonly host: string; readonly port?: number };
  };
  return {
    ...(tokens !== undefined && { tokens: tokens as TokenList }),
    lacksRules: Array.isArray(rules) && redactedLines(ruleset, knocks).some((line) => !rules.includes(line)),
    ...(typeof hostKey === "string" && { hostKey }),
    ...(typeof proxyHostKey === "string" &&
      proxy && { proxy: { host: proxy.host, port: proxy.port, hostKey: proxyHostKey } }),
    ...(Array.isArray(spareKnocks) && { spareKnocks: spareKnocks as KnownOpener[] }),
  };
}

/** What was seen of the door when it was last changed. */
export function lastVerified(state: Properties): Committed["verified"] {
  return state.verified as Committed["verified"];
}
