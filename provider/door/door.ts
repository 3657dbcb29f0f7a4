import { scheduleOf } from "../derive/schedule";
import type { TokenList } from "../policy/tokens";
import type { Backend } from "../rules/backend";
import { compile } from "../rules/compile";
import type { DoorSecrets } from "../rules/doorSecrets";
import { ownerText } from "../rules/identity";
import type { Identity, Ruleset } from "../rules/ir";
import { once } from "../util/once";
import { backendOf } from "./backend";
import { type DoorInputs, readInputs } from "./checkInputs";
import type { Properties } from "./properties";
import type { StartedCalendar } from "./startedCalendar";
import { hasUnknown } from "./unknown";

/** A door on a host: checked inputs, its identity, and what follows from both. */
export interface Door extends DoorInputs {
  readonly identity: Identity;
  /** How often its sequence changed: it tells sequences apart without showing them. */
  readonly sequenceRevision: number;
  readonly tokens: TokenList | undefined;
  readonly calendar: StartedCalendar | undefined;
  /** Computed when first asked for, as `ruleset` is: a calendar has hundreds of sequences. */
  readonly secrets: DoorSecrets;
  readonly ruleset: Ruleset;
  readonly backend: Backend;
}

/**
 * The door that inputs which `check` let through, or those of a state, ask for; undefined while any of them is unknown.
 * @throws TypeError where they are wrong.
 */
export function doorOf(properties: Properties): Door | undefined {
  const { __provider, ...known } = properties;
  if (hasUnknown(known)) return undefined;
  const { door, failures } = readInputs(properties);
  if (door) return doorFrom(door, properties);
  throw new TypeError(`inputs were not checked: ${failures.map(({ property }) => property).join(", ")}`);
}

/** The door of the user's inputs, already read, and the computed inputs beside them. */
export function doorFrom(inputs: DoorInputs, computed: Properties): Door {
  const { policy } = inputs;
  const identity = { id: String(computed.doorId), owner: ownerText(String(computed.owner)) };
  const calendar = policy.calendar && { ...policy.calendar, from: String(computed.calendarFrom) };
  const tokens = policy.oneTime && (computed.tokens as TokenList);
  const schedule = once(() => calendar && scheduleOf(calendar, calendar.from));
  const secrets = once((): DoorSecrets => {
    const { sequence, previous } = policy;
    return { sequence, previous, schedule: schedule(), tokens };
  });
  const ruleset = once(() =>
    compile(policy, identity, {
      schedule: schedule(),
      tokens,
      ...(computed.slot === "b" && { slot: "b" }),
    }),
  );
  return {
    ...inputs,
    identity,
    sequenceRevision: Number(computed.sequenceRevision ?? 1),
    tokens,
    calendar,
    backend: backendOf(inputs, computed.firewall),
    get secrets() {
      return secrets();
    },
    get ruleset() {
      return ruleset();
    },
  };
}

/** The host of inputs or outputs, as the program names it: an alias is the same host wherever it is. */
export function hostOf(properties: Properties): string {
  const connection = properties.connection as { readonly host?: unknown } | undefined;
  return String(connection?.host ?? connection);
}
