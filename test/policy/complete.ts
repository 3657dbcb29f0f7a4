import type { Policy, PolicyArgs } from "../../provider/policy/types";
import { validatePolicy } from "../../provider/policy/validate";

/** A policy with its defaults filled in. */
export function complete(args: PolicyArgs): Policy {
  const { value, failures } = validatePolicy({ ...args });
  if (failures.length > 0) throw new Error(JSON.stringify(failures));
  return value as Policy;
}
