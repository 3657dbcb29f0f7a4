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
  /** It is present only beside this user input. */
  readonly needs?: string;
  /** The state need not have it, whatever the user inputs are. */
  readonly isOptional?: true;
  /** The state never has it. */
  readonly isTransient?: true;
  /** The resource object of the program has it as an output. User inputs are no fields of it. */
  readonly isField?: true;
  /** `diff` compares it. It compares every user input as well. */
  readonly isDiffed?: true;
}

export type PropertyTable = Readonly<Record<string, Property>>;

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
  const dropped = namesWhere(table, ({ isTransient }) => isTransient === true);
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !dropped.includes(name)));
}
