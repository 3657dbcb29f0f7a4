import { allowedFields } from "../util/nearest";
import * as z from "./zod";

/** A whole number in a range, with one message that says what is allowed. */
export function wholeNumber(what: string, { min, max }: { min: number; max: number }) {
  const error = `must be ${what}: a whole number from ${min} to ${max}`;
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

/**
 * An object of exactly these fields. The message for an unknown field lists the allowed ones, the most similar first.
 */
export function fields<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys
            .map((key) => `has the unknown field ${key}; ${allowedFields(key, Object.keys(shape))}`)
            .join("; ")
        : "must be an object",
  });
}
