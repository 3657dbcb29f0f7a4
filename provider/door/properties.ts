import type { UserInput } from "./fields";

/** Properties of a resource as Pulumi hands them over: JSON, not yet checked. */
export type Properties = Readonly<Record<string, unknown>>;

/**
 * Who sets a property. A user input is a field of the resource's arguments; the constructor, Pulumi or `check` add the
 * computed inputs, which a preview shows; outputs come from the host.
 */
type Role = "user input" | "computed input" | "output";

/** A property of a resource. */
export interface Property {
  readonly role: Role;
  /** Pulumi encrypts it in the state and hides it, whether or not the program marks it as a secret. */
  readonly isSecret?: true;
  /** It is present only beside this user input. Without `needs`, see `isOptional`. */
  readonly needs?: UserInput;
  /** The state need not have it. */
  readonly isOptional?: true;
  /** Only a preview shows it: the state never has it. */
  readonly isPreviewOnly?: true;
  /** The resource object of the program has it as an output. User inputs are no fields of it. */
  readonly isField?: true;
  /** `diff` compares it. It compares every user input as well. */
  readonly isDiffed?: true;
}

export type PropertyTable = Readonly<Record<string, Property>>;

const plain = { role: "user input" } as const;
const secret = { role: "user input", isSecret: true } as const;

const userProperties: { readonly [Name in UserInput]: Property } = {
  connection: secret,
  sequence: { ...secret, isOptional: true },
  calendar: { ...secret, isOptional: true },
  previous: { ...secret, isOptional: true },
  // The tokens' port.
  oneTime: { ...secret, isOptional: true },
  door: plain,
  openForSeconds: plain,
  stepTimeoutSeconds: plain,
  ignore: plain,
  singleUse: plain,
  extend: plain,
  closedResponse: plain,
  grantVerdict: plain,
  allowFrom: plain,
  denyFrom: plain,
  interface: { ...plain, isOptional: true },
  loopbackKnocks: plain,
  grantPrefix: plain,
  lockout: { ...plain, isOptional: true },
  rateLimit: { ...plain, isOptional: true },
  log: { ...plain, isOptional: true },
  chain: plain,
  families: plain,
  rollbackAfterSeconds: plain,
  onUnreachable: plain,
  onUnpersisted: plain,
};

/** Every property of a PortKnock. What the lifecycle, the constructor and a schema need to know of one follows from it. */
export const doorProperties = {
  ...userProperties,
  /** The stack-qualified name: organization/project/stack/name. */
  owner: { role: "computed input", isDiffed: true },
  doorId: { role: "computed input" },
  /** The rules as anyone may see them: as inputs those that the door asks for, in the state those that the host holds. */
  rules: { role: "computed input", isField: true, isDiffed: true },
  /** How often the sequence changed. A diff of two secrets shows nothing. */
  sequenceRevision: { role: "computed input" },
  /** `b`: the current sequence has the second set of stages. */
  slot: { role: "computed input", isOptional: true },
  /** What ~/.ssh/config says of the host. */
  fromSshConfig: { role: "computed input", isOptional: true, isDiffed: true },
  /** The first day of the calendar's windows. */
  calendarFrom: { role: "computed input", needs: "calendar" },
  calendarUntil: { role: "computed input", needs: "calendar", isField: true },
  calendarDaysLeft: { role: "computed input", needs: "calendar", isField: true, isDiffed: true },
  tokens: { role: "computed input", needs: "oneTime", isSecret: true, isField: true },
  /** How many used tokens the next `up` replaces. */
  refill: { role: "computed input", needs: "oneTime", isField: true, isPreviewOnly: true },
  tokensLeft: { role: "output", needs: "oneTime", isField: true },
  stateVersion: { role: "output" },
  hostKey: { role: "output", isField: true },
  proxyHostKey: { role: "output", isOptional: true },
  persistence: { role: "output", isField: true },
  warnings: { role: "output", isField: true },
  verified: { role: "output", isOptional: true, isField: true },
  knockCommand: { role: "output", isSecret: true, isField: true },
  spareKnocks: { role: "output", isSecret: true, isOptional: true },
} as const satisfies PropertyTable;

/** The names of the properties for which a condition holds, in the order of the table. */
export function namesWhere(table: PropertyTable, holds: (property: Property) => boolean): readonly string[] {
  return Object.entries(table).flatMap(([name, property]) => (holds(property) ? [name] : []));
}

/** The properties without those that the table gives a role. What the table does not know stays. */
export function withoutRoles(
  properties: Properties,
  table: PropertyTable,
  ...roles: readonly Role[]
): Properties {
  const given = Object.entries(properties).filter(([name]) => {
    const role = Object.hasOwn(table, name) ? table[name]?.role : undefined;
    return role === undefined || !roles.includes(role);
  });
  return Object.fromEntries(given);
}

/** The inputs as the state keeps them. */
export function keptInputs(inputs: Properties, table: PropertyTable): Properties {
  const dropped = namesWhere(table, ({ isPreviewOnly }) => isPreviewOnly === true);
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !dropped.includes(name)));
}
