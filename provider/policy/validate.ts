import { allowedFields } from "../util/nearest";
import { calendarConflicts } from "./calendar";
import {
  ambiguousSteps,
  contradictions,
  type Failure,
  hiddenSteps,
  hiddenTokens,
  missingOpening,
  repeatedSteps,
} from "./conflicts";
import { policyFields } from "./schema";
import type { Policy } from "./types";
import type * as z from "./zod";

type Fields = Readonly<Record<string, z.ZodType>>;
type Parsed<F extends Fields> = { [Name in keyof F]: Exclude<z.output<F[Name]>, undefined> };

/** The valid fields with defaults filled in, and the mistakes. The value is complete if there are no mistakes. */
export interface Validated<Value> {
  readonly value: Partial<Value>;
  readonly failures: readonly Failure[];
}

/**
 * Checks each field on its own, so that all mistakes are reported at once. Values for which `isUnknown` holds pass:
 * Pulumi's previews contain such values, and checks them again once they are known.
 */
export function validateFields<F extends Fields>(
  fields: F,
  input: Readonly<Record<string, unknown>>,
  isUnknown: (value: unknown) => boolean = () => false,
): Validated<Parsed<F>> {
  const value: Partial<Parsed<F>> = {};
  const failures: Failure[] = Object.keys(input)
    .filter((name) => !Object.hasOwn(fields, name))
    .map((name) => ({
      property: name,
      reason: `is an unknown field; ${allowedFields(name, Object.keys(fields))}`,
    }));
  for (const name in fields) {
    const result = fields[name]?.safeParse(input[name]);
    // No key may be undefined: Pulumi refuses that, and equal policies must be equal objects.
    if (result?.success && result.data !== undefined) value[name] = result.data as Parsed<F>[typeof name];
    for (const { path, message } of result?.error?.issues ?? []) {
      const failure = { property: pathText([name, ...path]), reason: message };
      const isNew = !failures.some(
        (other) => other.property === failure.property && other.reason === message,
      );
      if (isNew && !isUnknown(valueAt(input, [name, ...path]))) failures.push(failure);
    }
  }
  return { value, failures };
}

/** Checks a policy: first each field, then the fields together. */
export function validatePolicy(input: Readonly<Record<string, unknown>>): Validated<Policy> {
  const { value, failures } = validateFields(policyFields, input);
  return { value, failures: [...failures, ...missingOpening(input), ...conflicts(value)] };
}

/** The policy of such fields; undefined if any is wrong, or not known yet. */
export function validPolicy(fields: Readonly<Record<string, unknown>>): Policy | undefined {
  const { value, failures } = validatePolicy(fields);
  return failures.length === 0 ? (value as Policy) : undefined;
}

/** Checks between the fields of a policy, for those that are valid on their own. */
export function conflicts(policy: Partial<Policy>): Failure[] {
  const { sequence, previous, door, ignore } = policy;
  return [
    ...(sequence ? [...repeatedSteps(sequence), ...ambiguousSteps(sequence)] : []),
    ...(previous
      ? [...repeatedSteps(previous.sequence), ...ambiguousSteps(previous.sequence)].map(
          ({ property, reason }): Failure => ({ property: `previous.${property}`, reason }),
        )
      : []),
    ...(sequence && door ? hiddenSteps(sequence, door, "door") : []),
    ...(sequence && ignore ? hiddenSteps(sequence, ignore, "ignore") : []),
    ...hiddenTokens(policy),
    ...contradictions(policy),
    ...calendarConflicts(policy),
  ];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

/** A property path as Pulumi writes it: `sequence[0].port`. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index > 0 ? "." : ""}${String(key)}`))
    .join("");
}
