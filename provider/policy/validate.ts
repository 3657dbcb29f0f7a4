import type { z } from "zod";
import { ambiguousSteps, type Failure, hiddenSteps, repeatedSteps } from "./conflicts";
import { policyFields } from "./schema";
import type { Policy } from "./types";

type Fields = Readonly<Record<string, z.ZodType>>;
type Parsed<F extends Fields> = { [Name in keyof F]: z.output<F[Name]> };

/** What was right, field by field with defaults filled in, and what was wrong. Complete when `failures` is empty. */
export interface Validated<Value> {
  readonly value: Partial<Value>;
  readonly failures: readonly Failure[];
}

/**
 * Checks each field on its own, so that every wrong one is reported at once. What is wrong with a value for which
 * `isUnknown` holds is not reported: Pulumi's previews have such values, and they will be checked again when known.
 */
export function validateFields<F extends Fields>(
  fields: F,
  input: Readonly<Record<string, unknown>>,
  isUnknown: (value: unknown) => boolean = () => false,
): Validated<Parsed<F>> {
  const value: Partial<Parsed<F>> = {};
  const failures: Failure[] = Object.keys(input)
    .filter((name) => !(name in fields))
    .map((name) => ({ property: name, reason: `is no field; allowed: ${Object.keys(fields).join(", ")}` }));
  for (const name in fields) {
    const result = fields[name]?.safeParse(input[name]);
    if (result?.success) value[name] = result.data as Parsed<F>[typeof name];
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

/** Checks a policy: each field, then what must hold between them. */
export function validatePolicy(input: Readonly<Record<string, unknown>>): Validated<Policy> {
  const { value, failures } = validateFields(policyFields, input);
  return { value, failures: [...failures, ...conflicts(value)] };
}

/** What must hold between the fields of a policy, as far as each is right in itself. */
export function conflicts({ sequence, door, ignore }: Partial<Policy>): Failure[] {
  return [
    ...(sequence ? [...repeatedSteps(sequence), ...ambiguousSteps(sequence)] : []),
    ...(sequence && door ? hiddenSteps(sequence, door, "door") : []),
    ...(sequence && ignore ? hiddenSteps(sequence, ignore, "ignore") : []),
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
