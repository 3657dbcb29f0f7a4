import type { Door } from "../door/door";
import { doorProperties } from "../door/doorProperties";
import type { NamedKnockSource } from "../door/knockSources";
import { keptInputs, type Properties, withoutRoles } from "../door/properties";
import { calendarOutputs, calendarWarnings } from "../door/startedCalendar";
import type { ConfirmedChange } from "../host/apply/change";
import type { HostSnapshot } from "../host/apply/snapshot";
import { type TokenList, unusedTokens } from "../policy/tokens";
import type { Comparison } from "../rules/backend";
import { omitUndefined } from "../util/omitUndefined";
import type { AccessHistory } from "./accessHistory";
import { tokensAsSeen } from "./checkedTokens";
import { knockCommand } from "./knockCommand";

/** The shape of the outputs. Every released shape stays readable: newer code reads old state. */
export const STATE_VERSION = 1;

/** What the outputs of a door are made of. */
interface StateParts {
  readonly inputs: Properties;
  readonly door: Door;
  readonly snapshot: HostSnapshot;
  readonly comparison: Comparison;
  readonly verified: ConfirmedChange["verified"];
  readonly firewallReason: string;
  readonly spareKnocks?: AccessHistory["spareKnocks"];
  readonly proxyKnocks?: readonly NamedKnockSource[];
}

/** The outputs of a door: its inputs, what the host holds, and how to knock. JSON only; no key may be undefined. */
export function stateOf(parts: StateParts): Properties {
  const { inputs, door, comparison, verified, firewallReason, spareKnocks, proxyKnocks } = parts;
  const { hostKey, proxyHostKey, persistence, warnings, unused } = parts.snapshot;
  return {
    ...keptInputs(inputs, doorProperties),
    ...(door.tokens && tokensIn(door, door.tokens, unused)),
    ...omitUndefined({
      rules: comparison.lines,
      ...{ firewall: door.backend.name, firewallReason },
      stateVersion: STATE_VERSION,
      hostKey,
      proxyHostKey,
      persistence,
      warnings: [...warnings, ...calendarWarnings(door.calendar, Date.now())],
      ...calendarOutputs(door.calendar, Date.now()),
      verified,
      spareKnocks: unlessEmpty(spareKnocks),
      proxyKnocks: unlessEmpty(proxyKnocks),
      knockCommand: knockCommand(door, String(inputs.owner)),
    }),
  };
}

function unlessEmpty<Item>(items: readonly Item[] = []): readonly Item[] | undefined {
  return items.length > 0 ? items : undefined;
}

/** The tokens as the host has them, and how many are left. */
function tokensIn(
  { identity, policy, backend }: Door,
  list: TokenList,
  unused: HostSnapshot["unused"],
): Properties {
  const tokens = tokensAsSeen(list, (name) =>
    policy.families.every(
      (family) =>
        unused[family]?.includes(backend.listName({ kind: "token", name }, identity, family)) ?? true,
    ),
  );
  return { tokens, tokensLeft: unusedTokens(tokens).length };
}

/**
 * The inputs in outputs of any version.
 * @throws Error if a newer release wrote them.
 */
export function inputsOf(state: Properties): Properties {
  const { stateVersion } = state;
  if (stateVersion !== STATE_VERSION) {
    throw new Error(
      `this state is of version ${stateVersion}, written by a newer pulumi-portknock: upgrade this one`,
    );
  }
  return withoutRoles(state, doorProperties, "output");
}

/** How the door looked from here when it was last changed. */
export function lastVerified(state: Properties): ConfirmedChange["verified"] {
  return state.verified as ConfirmedChange["verified"];
}
